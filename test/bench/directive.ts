import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {binPath, run, type Ran} from '../helpers/cli.ts'
import {peerBinary} from '../peers/cache.ts'
import {etcdKey, openRealWorld, type RealWorld} from '../peers/osproxy/worlds.ts'

const rounds = 9

interface Ratio {
  name: string
  ours: number
  theirs: number
  ratio: number
  target: number
}

/** Whole commands, in milliseconds, beside a bare Node and beside etcd's own tool on the same etcd. */
export async function ratios(): Promise<Ratio[]> {
  const world = await openRealWorld('etcd')
  const home = await mkdtemp(join(tmpdir(), 'opsdeck-bench-directive-'))
  try {
    await writeContext(home, world)
    const folders = {XDG_CONFIG_HOME: home, XDG_STATE_HOME: home, XDG_CACHE_HOME: home}
    const env = {...folders, SIGN: world.signingKey, ETCDCTL_API: '3'}
    const ctl = (words: string) => run(process.execPath, [binPath('ctl'), 'directive', ...words.split(' ')], {env})
    const etcdctl = (...words: string[]) =>
      run(peerBinary('etcd-debian', 'usr', 'bin', 'etcdctl'), ['--endpoints', world.etcd!.url, ...words], {env})
    const bare = () => run(process.execPath, ['-e', '0'], {env})
    const list = () => ctl('list -o json')
    const publish = 'publish --tenant acme --replace --yes -q -o json'
    return [
      await compare('ctl directive mint / node -e 0', 3.5, () => ctl('mint --tenant acme -q -o name'), bare),
      await compare('ctl directive list by etcd / node -e 0', 5, list, bare),
      await compare('ctl directive list by etcd / etcdctl get', 6, list, () => etcdctl('get', etcdKey)),
      await compare('publish, prove on 2 proxies / etcdctl put', 8, () => ctl(publish), () => etcdctl('put', 'x', '{}')),
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

type Work = () => Promise<Ran>

async function compare(name: string, target: number, our: Work, their: Work): Promise<Ratio> {
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 0; round <= rounds; round += 1) {
    const [ourMs, theirMs] = [await timed(our), await timed(their)]
    if (round === 0) continue
    ours.push(ourMs)
    theirs.push(theirMs)
  }
  return {name, ours: median(ours), theirs: median(theirs), ratio: median(ours) / median(theirs), target}
}

async function timed(work: Work): Promise<number> {
  const startedAt = performance.now()
  const {code, stderr} = await work()
  if (code !== 0) throw new Error(`exit ${code}: ${stderr}`)
  return performance.now() - startedAt
}

const median = (values: number[]) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!
