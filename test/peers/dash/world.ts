import {once} from 'node:events'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {connect} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {RaftClient} from '../../../src/clients/raft/client.ts'
import {seedTasks} from '../../../src/sandbox/tasks.ts'
import {runBin} from '../../helpers/cli.ts'
import {freePorts} from '../../helpers/ports.ts'
import {peerBinary} from '../cache.ts'
import {startCluster, type RaftCluster} from '../d-engine/start.ts'
import {adminToken, startProxy, type Peer} from '../osproxy/start.ts'
import {spawnPeer} from '../spawn.ts'
import {dispose, startPair, type TaelNode} from '../tael/start.ts'

/** A server that can be broken and mended. */
export interface Breakable {
  freeze(): void
  thaw(): void
  kill(): Promise<void>
  restart(): Promise<void>
}

/** The real systems of one context, all on this machine. */
export interface RealSystems {
  env: Record<string, string>
  stateDir: string
  raft: RaftCluster
  tael: {a: TaelNode; b: TaelNode}
  leases: Breakable
  directives: Peer
  stop(): Promise<void>
}

export async function startSystems(): Promise<RealSystems> {
  const dir = await mkdtemp(join(tmpdir(), 'opsdeck-dash-'))
  const [raft, tael, nats, directives] = await Promise.all([electedCluster(), startPair(), startNats(join(dir, 'nats')), startProxy({})])
  const config = join(dir, 'config.yaml')
  await writeFile(join(dir, 'token'), adminToken, {mode: 0o600})
  const context = {
    raft: {endpoints: raft.endpoints},
    tael: {shards: {s0: tael.a.url}, groups: {s0: [tael.a.url, tael.b.url]}},
    leases: {url: nats.url, bucket: 'leases'},
    directives: {url: directives.url, instances: [directives.url], token: `file://${join(dir, 'token')}`},
    tasks: {uri: join(dir, 'tasks')},
  }
  await writeFile(config, JSON.stringify({current: 'real', contexts: {real: context}}), {mode: 0o600})
  const env = {OPSDECK_CONFIG: config, XDG_STATE_HOME: join(dir, 'state'), XDG_CACHE_HOME: join(dir, 'cache')}
  await seedTasks(join(dir, 'tasks'), Date.now())
  await seed(nats.url, env)
  return {
    env, stateDir: join(dir, 'state'), raft, tael, leases: nats, directives,
    async stop() {
      await Promise.all([raft.dispose(), dispose(tael.a, tael.b), nats.kill(), directives.stop()])
      await rm(dir, {recursive: true, force: true, maxRetries: 5})
    },
  }
}

/** On a busy machine nodes that start together may not find a leader for minutes: then others are started. */
async function electedCluster(): Promise<RaftCluster> {
  for (let tries = 0; tries < 5; tries += 1) {
    const cluster = await startCluster()
    const client = await RaftClient.open({endpoints: cluster.endpoints, timeoutMs: 1_000, monotonicMs: systemClock.monotonicMs})
    const isElected = await client.waitFor({kind: 'leader'}, 250, systemClock, AbortSignal.timeout(20_000)).then(() => true, () => false)
    client.close()
    if (isElected) return cluster
    await cluster.dispose()
  }
  throw new Error('the cluster found no leader')
}

/** A bucket with a lease in it. */
async function seed(url: string, env: Record<string, string>): Promise<void> {
  const [{connect: open}, {Kvm}] = await Promise.all([import('@nats-io/transport-node'), import('@nats-io/kv')])
  const connection = await open({servers: url})
  await new Kvm(connection).create('leases')
  await connection.close()
  const {code, stderr} = await runBin('ctl', ['lease', 'acquire', 'orders', '--ttl', '2h', '--holder', 'exporter-1'], {env})
  if (code !== 0) throw new Error(stderr)
}

async function startNats(dir: string): Promise<Breakable & {url: string}> {
  const [port = 0] = await freePorts(1)
  const launch = async () => {
    const child = spawnPeer(peerBinary('nats-server-2.15.2', 'bin', 'nats-server'), ['-js', '-a', '127.0.0.1', '-p', String(port), '-sd', dir], {stdio: 'ignore'})
    await listening(port)
    return child
  }
  let child = await launch()
  return {
    url: `nats://127.0.0.1:${port}`,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGCONT')
      child.kill('SIGKILL')
      await gone
    },
    async restart() {
      child = await launch()
    },
  }
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const isUp = await new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })
    if (isUp) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`nothing listens on ${port}`)
}
