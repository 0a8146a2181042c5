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
  freeze(id: number): void
  thaw(id: number): void
  /** Starts it again with the same state; does not wait until it is ready. */
  restart(id: number): void
  /** Kills all and removes the state. */
  dispose(): Promise<void>
}

export interface ClusterOptions {
  count?: number
  /** Off is the default of d-engine. */
  hasLeases?: boolean
  /** How long a node works at a client's call; d-engine's own 50 ms are little on a busy machine. */
  callLimitMs?: number
}

const running = new Set<ChildProcess>()
process.on('exit', () => running.forEach(child => child.kill('SIGKILL')))

/** Starts `count` voters on free ports of 127.0.0.1; does not wait until they have a leader. */
export async function startCluster({count = 3, ...config}: ClusterOptions = {}): Promise<RaftCluster> {
  const dir = await mkdtemp(join(tmpdir(), 'opsdeck-raft-'))
  const ports = await freePorts(count)
  const nodes = new Map<number, ChildProcess>()
  for (const [index] of ports.entries()) await configure(dir, index + 1, ports, config)
  const launch = (id: number) => {
    const child = spawn(peerBinary('d-engine-0.2.4', 'bin', 'dengine-peer'), [join(dir, `n${id}`, 'node.toml')], {
      stdio: 'ignore', cwd: join(dir, `n${id}`), env: {PATH: process.env['PATH'], HOME: dir, RUST_LOG: 'off'},
    })
    running.add(child)
    child.once('exit', () => running.delete(child))
    nodes.set(id, child)
  }
  for (const [index] of ports.entries()) launch(index + 1)
  return {
    endpoints: Object.fromEntries(ports.map((port, index) => [String(index + 1), `127.0.0.1:${port}`])),
    kill: id => end(nodes.get(id)!),
    freeze: id => void nodes.get(id)!.kill('SIGSTOP'),
    thaw: id => void nodes.get(id)!.kill('SIGCONT'),
    restart: launch,
    dispose: async () => {
      await Promise.all([...nodes.values()].map(end))
      await rm(dir, {recursive: true, force: true})
    },
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

async function configure(
  dir: string, id: number, ports: readonly number[], {hasLeases = false, callLimitMs = 50}: ClusterOptions,
): Promise<void> {
  const home = join(dir, `n${id}`)
  // Role 1 is a voter, status 3 an active one.
  const members = ports.map((port, index) =>
    `  { id = ${index + 1}, address = "127.0.0.1:${port}", role = 1, status = 3 },`)
  await mkdir(home)
  await writeFile(join(home, 'node.toml'), `[cluster]
node_id = ${id}
listen_address = "127.0.0.1:${ports[id - 1]}"
initial_cluster = [
${members.join('\n')}
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
`)
}
