import {spawn, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {freePorts} from '../../helpers/ports.ts'
import {peerBinary} from '../cache.ts'

/** A real cluster of d-engine 0.2.4. Nodes are numbered from 1. */
export interface RaftCluster {
  endpoints: Record<string, string>
  /** SIGKILL, and waits until it is gone. */
  kill(id: number): Promise<void>
  /** SIGTERM, which lets it write down what it has applied; waits until it is gone. */
  terminate(id: number): Promise<void>
  freeze(id: number): void
  thaw(id: number): void
  /** Starts it again with the same state; does not wait until it is ready. */
  restart(id: number): void
  /** Starts one more, which joins as a learner and is promoted when there are two; its id. */
  join(): Promise<number>
  /** Kills all and removes the state. */
  dispose(): Promise<void>
}

export interface ClusterOptions {
  count?: number
  /** Off is the default of d-engine. */
  hasLeases?: boolean
  /** How long a node works at a client's call; d-engine's own 50 ms are little on a busy machine. */
  callLimitMs?: number
  /** More of the configuration, in TOML. */
  more?: string
}

interface Voter {
  port: number
  /** 1 is a voter, 4 a learner. */
  role: 1 | 4
}

const running = new Set<ChildProcess>()
process.on('exit', () => running.forEach(child => child.kill('SIGKILL')))

/** Starts `count` voters on free ports of 127.0.0.1; does not wait until they have a leader. */
export async function startCluster({count = 3, ...config}: ClusterOptions = {}): Promise<RaftCluster> {
  const dir = await mkdtemp(join(tmpdir(), 'opsdeck-raft-'))
  const ports = await freePorts(count)
  const nodes = new Map<number, ChildProcess>()
  const voters = ports.map((port): Voter => ({port, role: 1}))
  for (const [index] of voters.entries()) await configure(dir, index + 1, voters, config)
  const launch = (id: number) => {
    const child = spawn(peerBinary('d-engine-0.2.4', 'bin', 'dengine-peer'), [join(dir, `n${id}`, 'node.toml')], {
      stdio: 'ignore', cwd: join(dir, `n${id}`), env: {PATH: process.env['PATH'], HOME: dir, RUST_LOG: 'off'},
    })
    running.add(child)
    child.once('exit', () => running.delete(child))
    nodes.set(id, child)
  }
  for (const [index] of ports.entries()) launch(index + 1)
  const endpoints = Object.fromEntries(ports.map((port, index) => [String(index + 1), `127.0.0.1:${port}`]))
  return {
    endpoints,
    async join() {
      const [[port], id] = [await freePorts(1), nodes.size + 1]
      // The others as the first node's file has them, and those that joined before it.
      const known = Object.values(endpoints).map((endpoint): Voter => ({port: Number(endpoint.split(':')[1]), role: 1}))
      await configure(dir, id, [...known, {port: port!, role: 4}], config)
      endpoints[id] = `127.0.0.1:${port}`
      launch(id)
      return id
    },
    kill: id => end(nodes.get(id)!),
    terminate: id => end(nodes.get(id)!, 'SIGTERM'),
    freeze: id => void nodes.get(id)!.kill('SIGSTOP'),
    thaw: id => void nodes.get(id)!.kill('SIGCONT'),
    restart: launch,
    dispose: async () => {
      await Promise.all([...nodes.values()].map(child => end(child)))
      await rm(dir, {recursive: true, force: true})
    },
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}

async function configure(
  dir: string, id: number, members: readonly Voter[], {hasLeases = false, callLimitMs = 50, more = ''}: ClusterOptions,
): Promise<void> {
  const home = join(dir, `n${id}`)
  // Status 3 is an active voter, 1 a learner that may be promoted.
  const lines = members.map(({port, role}, index) =>
    `  { id = ${index + 1}, address = "127.0.0.1:${port}", role = ${role}, status = ${role === 1 ? 3 : 1} },`)
  await mkdir(home)
  await writeFile(join(home, 'node.toml'), `[cluster]
node_id = ${id}
listen_address = "127.0.0.1:${members[id - 1]!.port}"
initial_cluster = [
${lines.join('\n')}
]
db_root_dir = "${home}/db"
log_dir = "${home}/logs"

[raft]
general_raft_timeout_duration_in_ms = ${callLimitMs}

[network.control]
request_timeout_in_ms = ${2 * callLimitMs}

[raft.state_machine.lease]
enabled = ${hasLeases}

[raft.snapshot]
snapshots_dir = "${home}/snapshots"
${more}
`)
}
