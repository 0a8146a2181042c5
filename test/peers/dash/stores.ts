import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createTable} from '../../../src/clients/control-table/create.ts'
import {openStore} from '../../../src/clients/control-table/open.ts'
import {writeArtifact} from '../../../src/sandbox/artifacts.ts'
import {runBin} from '../../helpers/cli.ts'
import {startCluster, type RaftCluster} from '../d-engine/start.ts'
import {startEtcd, type Peer} from '../osproxy/start.ts'
import {startS3} from '../s3/start.ts'
import {dispose} from '../tael/start.ts'
import {startCuttablePair, type CuttablePair} from '../tael/gossip-cut.ts'

interface Freezable {
  freeze(): void
  thaw(): void
}

/** A context whose tasks and artifacts are in a bucket, its directives in etcd, its Raft of one node. */
export interface StoreSystems {
  env: Record<string, string>
  stateDir: string
  s3: Freezable
  etcd: Peer
  raft: RaftCluster
  tael: CuttablePair
  stop(): Promise<void>
}

export async function startStores(): Promise<StoreSystems> {
  const dir = await mkdtemp(join(tmpdir(), 'opsdeck-dash-stores-'))
  const [s3, etcd, raft, tael] = await Promise.all([startS3({bucket: 'shared'}), startEtcd(), startCluster({count: 1, callLimitMs: 500}), startCuttablePair()])
  const place = {endpoint: s3.endpoint, region: s3.region, pathStyle: true}
  const context = {
    raft: {endpoints: raft.endpoints},
    tael: {shards: {s0: tael.a.url}, groups: {s0: [tael.a.url, tael.b.url]}},
    leases: {url: `sqlite:${join(dir, 'leases.db')}`},
    directives: {etcd: {endpoints: [etcd.url]}},
    tasks: {uri: 's3://shared/scouter', ...place},
    artifacts: {url: 's3://shared/artifacts', ...place},
  }
  const config = join(dir, 'config.yaml')
  await writeFile(config, JSON.stringify({current: 'stores', contexts: {stores: context}}), {mode: 0o600})
  const state = {OPSDECK_CONFIG: config, XDG_STATE_HOME: join(dir, 'state'), XDG_CACHE_HOME: join(dir, 'cache')}
  const env = {...state, AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.secretAccessKey, AWS_REGION: s3.region}
  const systems = {
    env, stateDir: join(dir, 'state'), etcd, raft, tael,
    s3: {freeze: () => void process.kill(s3.pid, 'SIGSTOP'), thaw: () => void process.kill(s3.pid, 'SIGCONT')},
    async stop() {
      process.kill(s3.pid, 'SIGCONT')
      tael.close()
      await Promise.all([s3.stop(), etcd.stop(), raft.dispose(), dispose(tael.a, tael.b)])
      await rm(dir, {recursive: true, force: true, maxRetries: 5})
    },
  }
  await fill(dir, env, place).catch(async (error: unknown) => {
    await systems.stop()
    throw error
  })
  return systems
}

/** Something of each, through the commands. */
async function fill(dir: string, env: Record<string, string>, place: {endpoint: string; region: string}): Promise<void> {
  Object.assign(process.env, {AWS_ACCESS_KEY_ID: env['AWS_ACCESS_KEY_ID'], AWS_SECRET_ACCESS_KEY: env['AWS_SECRET_ACCESS_KEY']})
  await createTable(await openStore({uri: 's3://shared/scouter', ...place, timeoutMs: 10_000, connectTimeoutMs: 2_000}), 'opsdeck/test', Date.now())
  const artifact = join(dir, 'routes')
  await writeArtifact(artifact, {key: 'edge/routes', position: 7n, entries: [['a', 'b']], createdAtMs: Date.now()})
  for (const [bin, ...words] of [
    ['ctl', 'task', 'claim', 'nightly', '--holder', 'pod-1'],
    ['ctl', 'lease', 'acquire', 'orders', '--ttl', '2h', '--holder', 'exporter-1'],
    ['ctl', 'directive', 'publish', '--tenant', 'acme', '--ttl', '1h', '--yes'],
    ['snap', 'push', artifact, 'edge/routes'],
  ] as const) {
    const {code, stderr} = await runBin(bin, words, {env})
    if (code !== 0) throw new Error(`${bin} ${words.join(' ')}: ${stderr}`)
  }
}
