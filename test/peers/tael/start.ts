import {spawn, spawnSync, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {freePorts} from '../../helpers/ports.ts'
import {peerBinary} from '../cache.ts'

/** The real tael 0.5.15: server and Rust CLI. */
export const taelBinary = (version = '0.5.15'): string => peerBinary(`tael-${version}`, 'bin', 'tael')

/** One running server. */
export interface TaelNode {
  url: string
  port: number
  dir: string
  pid(): number
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
  /** SIGTERM, and waits. Resolves with how long it took, in milliseconds. */
  stop(): Promise<number>
  freeze(): void
  thaw(): void
  /** Starts it again with the same state. */
  restart(): Promise<void>
}

export interface TaelOptions {
  env?: Record<string, string>
  args?: string[]
  port?: number
  /** Listen on this Unix socket instead of a port. */
  socket?: string
  version?: string
  dir?: string
}

const running = new Set<ChildProcess>()
process.on('exit', () => running.forEach(child => child.kill('SIGKILL')))

/** Starts a server on free ports of 127.0.0.1 with its own temporary state and waits until it answers. */
export async function startTael(options: TaelOptions = {}): Promise<TaelNode> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'opsdeck-tael-')))
  const [rest, grpc] = await freePorts(2)
  const port = options.port ?? rest!
  const args = [
    'serve', ...(options.socket ? ['--rest-api-socket', options.socket] : ['--rest-api-addr', `127.0.0.1:${port}`]),
    '--otlp-grpc-addr', `127.0.0.1:${grpc}`, '--otlp-http-addr', 'off', '--dd-agent-addr', 'off',
    '--data-dir', join(dir, 'data'), '--wal-dir', join(dir, 'wal'), ...(options.args ?? []),
  ]
  const url = `http://127.0.0.1:${port}`
  let child = await launch()

  async function launch(): Promise<ChildProcess> {
    const started = spawn(taelBinary(options.version), args, {
      stdio: 'ignore', cwd: dir, env: {PATH: process.env['PATH'], HOME: dir, WALRUS_QUIET: '1', ...options.env},
    })
    running.add(started)
    started.once('exit', () => running.delete(started))
    await ready(started, options.socket ? undefined : url)
    return started
  }

  async function end(signal: NodeJS.Signals): Promise<number> {
    if (child.exitCode !== null || child.signalCode !== null) return 0
    const startedAt = performance.now()
    const gone = once(child, 'exit')
    child.kill('SIGCONT')
    child.kill(signal)
    await gone
    return performance.now() - startedAt
  }

  return {
    url, port, dir,
    pid: () => child.pid!,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    restart: async () => {
      child = await launch()
    },
  }
}

async function ready(child: ChildProcess, url: string | undefined): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error(`tael ended with ${child.exitCode} before it was ready`)
    if (url === undefined ? tries > 10 : await answers(url)) return
    await sleep(50)
  }
  throw new Error('tael did not become ready')
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`, {signal: AbortSignal.timeout(1_000)}).then(answer => answer.ok, () => false)
}

/** Kills it and removes its state. */
export async function dispose(...nodes: (TaelNode | undefined)[]): Promise<void> {
  for (const node of nodes) {
    if (!node) continue
    await node.kill()
    await rm(node.dir, {recursive: true, force: true})
  }
}

/** A query tier over shards. */
export function startTier(shards: readonly TaelNode[], options: TaelOptions = {}): Promise<TaelNode> {
  return startTael({...options, env: {TAEL_QUERY_SHARDS: shards.map(shard => shard.url).join(','), ...options.env}})
}

/** A leader that ships its WAL to standbys; no coordination. */
export function startLeader(standbys: readonly TaelNode[], requiredAcks?: number): Promise<TaelNode> {
  return startTael({env: {
    TAEL_WAL_STANDBYS: standbys.map(node => node.url).join(','),
    ...(requiredAcks === undefined ? {} : {TAEL_WAL_REQUIRED_ACKS: String(requiredAcks)}),
  }})
}

/** Two nodes that elect a leader between them and ship to each other; `node-a` wins while both live. */
export async function startPair(env: Record<string, string> = {}): Promise<{a: TaelNode; b: TaelNode}> {
  const [gossipA, gossipB, portA, portB] = (await freePorts(4)) as [number, number, number, number]
  const node = (id: string, port: number, own: number, seed: number, peer: number) => startTael({port, env: {
    TAEL_NODE_ID: id, TAEL_CLUSTER_LISTEN: `127.0.0.1:${own}`, TAEL_CLUSTER_SEEDS: `127.0.0.1:${seed}`,
    TAEL_WAL_STANDBYS: `http://127.0.0.1:${peer}`, TAEL_WAL_REQUIRED_ACKS: '1', ...env,
  }})
  const [a, b] = await Promise.all([
    node('node-a', portA, gossipA, gossipB, portB), node('node-b', portB, gossipB, gossipA, portA),
  ])
  return {a: a!, b: b!}
}

/** Two nodes of one group that do not hear of each other, so that each leads. */
export async function startSplit(): Promise<TaelNode[]> {
  const gossip = await freePorts(4)
  return Promise.all(['node-a', 'node-b'].map((id, n) => startTael({env: {
    TAEL_NODE_ID: id, TAEL_CLUSTER_LISTEN: `127.0.0.1:${gossip[n]}`, TAEL_CLUSTER_SEEDS: `127.0.0.1:${gossip[n + 2]}`,
  }})))
}

/** Makes an API key for a server that will run on `dir`; the key is printed once, to us only. */
export function createKey(dir: string, role: 'reader' | 'writer' | 'admin'): string {
  const {stdout} = spawnSync(
    taelBinary(),
    ['--format', 'json', 'auth', 'create-key', '--name', role, '--role', role, '--data-dir', join(dir, 'data')],
    {encoding: 'utf8'},
  )
  const key = /tael_[rwa]_[0-9a-f]{48}/.exec(stdout)?.[0]
  if (!key) throw new Error('no key was made')
  return key
}
