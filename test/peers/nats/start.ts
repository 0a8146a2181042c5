import {spawn, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {freePorts} from '../../helpers/ports.ts'
import {peerBinary} from '../cache.ts'

export const natsVersions = ['2.15.2', '2.9.25'] as const
export type NatsVersion = (typeof natsVersions)[number]

export interface NatsPeer {
  url: string
  /** The running server. */
  pid: number
  stop(): Promise<void>
  /** Ends the server at once, as kill -9 does. */
  kill(): Promise<void>
  /** Starts it again on the same port, with what it had stored. */
  restart(): Promise<void>
}

/** Starts nats-server 2.15.2 with JetStream in a temporary folder; `extra` are words of its command line. */
export function startNats(...extra: string[]): Promise<NatsPeer> {
  return startNatsVersion('2.15.2', extra)
}

export async function startNatsVersion(version: NatsVersion, extra: readonly string[] = []): Promise<NatsPeer> {
  const folder = await mkdtemp(join(tmpdir(), 'opsdeck-nats-'))
  const [port = 0, health = 0] = await freePorts(2)
  const words = ['-js', '-a', '127.0.0.1', '-p', String(port), '-sd', folder, '-m', String(health), ...extra]
  let server = await launch(version, words, health)
  return {
    url: `nats://127.0.0.1:${port}`,
    pid: server.pid!,
    async stop() {
      await end(server, 'SIGTERM')
      await rm(folder, {recursive: true, force: true})
    },
    kill: () => end(server, 'SIGKILL'),
    async restart() {
      server = await launch(version, words, health)
    },
  }
}

/** A running program of the cache, ready by its monitoring port. */
export async function launch(version: NatsVersion, words: readonly string[], health: number): Promise<ChildProcess> {
  const binary = peerBinary(`nats-server-${version}`, 'bin', 'nats-server')
  const server = spawn(binary, words, {stdio: 'ignore'})
  await ready(server, `http://127.0.0.1:${health}/healthz`)
  return server
}

export async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill(signal)
  await ended
}

async function ready(server: ChildProcess, url: string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (server.exitCode !== null) throw new Error(`nats-server ended with ${server.exitCode}`)
    if (await fetch(url).then(answer => answer.ok, () => false)) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error('nats-server did not become ready')
}
