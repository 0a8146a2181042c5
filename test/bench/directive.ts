import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {binPath, run} from '../helpers/cli.ts'
import {peerBinary} from '../peers/cache.ts'
import {etcdKey, openRealWorld, type RealWorld} from '../peers/osproxy/worlds.ts'
import {pair, type CommandLine, type Ratio} from './measure.ts'

const ctl = (words: string): CommandLine => [process.execPath, binPath('ctl'), 'directive', ...words.split(' ')]
const bare: CommandLine = [process.execPath, '-e', '0']
const mint = ctl('mint --tenant acme -q -o name')
const list = ctl('list -o json')
/** Writes the set, then proves it on both proxies. */
const publish = ctl('publish --tenant acme --replace --yes -q -o json')

/** Whole commands beside a bare Node and beside etcd's own tool on the same etcd. */
export async function ratios(): Promise<Ratio[]> {
  const world = await openRealWorld('etcd')
  const home = await mkdtemp(join(tmpdir(), 'opsdeck-bench-directive-'))
  try {
    await writeContext(home, world)
    const folders = {XDG_CONFIG_HOME: home, XDG_STATE_HOME: home, XDG_CACHE_HOME: home}
    const env = {...folders, SIGN: world.signingKey, ETCDCTL_API: '3'}
    for (const [command, ...args] of [mint, publish, list]) {
      const {code, stderr} = await run(command, args, {env})
      if (code !== 0) throw new Error(`exit ${code}: ${stderr}`)
    }
    const etcdctl = (...words: string[]): CommandLine =>
      [peerBinary('etcd-debian', 'usr', 'bin', 'etcdctl'), '--endpoints', world.etcd!.url, ...words]
    const options = {env, runs: 10}
    return [
      pair('ctl directive mint / node -e 0', mint, bare, 3.5, options),
      pair('ctl directive list (etcd) / node -e 0', list, bare, 5, options),
      pair('ctl directive list (etcd) / etcdctl get', list, etcdctl('get', etcdKey), 6, options),
      pair('ctl directive publish (etcd, 2 proxies) / etcdctl put', publish, etcdctl('put', 'x', '{}'), 8, options),
    ]
  } finally {
    await rm(home, {recursive: true})
    await world.stop()
  }
}

async function writeContext(home: string, world: RealWorld): Promise<void> {
  const directives = {
    instances: world.instances.map(({name}) => name), etcd: {endpoints: [world.etcd!.url]}, signingKey: 'env://SIGN',
  }
  await mkdir(join(home, 'opsdeck'))
  const config = JSON.stringify({current: 'x', contexts: {x: {directives}}})
  await writeFile(join(home, 'opsdeck', 'config.yaml'), config, {mode: 0o600})
}
