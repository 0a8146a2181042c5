import {once} from 'node:events'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {freePorts} from '../../helpers/ports.ts'
import {peerBinary} from '../cache.ts'
import {spawnPeer} from '../spawn.ts'

export interface NatsPeer {
  url: string
  stop(): Promise<void>
}

/** Starts nats-server 2.15.2 with JetStream in a temporary folder; `extra` are words of its command line. */
export async function startNats(...extra: string[]): Promise<NatsPeer> {
  const binary = peerBinary('nats-server-2.15.2', 'bin', 'nats-server')
  const folder = await mkdtemp(join(tmpdir(), 'opsdeck-nats-'))
  const [port = 0, health = 0] = await freePorts(2)
  const words = ['-js', '-a', '127.0.0.1', '-p', String(port), '-sd', folder, '-m', String(health), ...extra]
  const server = spawnPeer(binary, words, {stdio: 'ignore'})
  await ready(`http://127.0.0.1:${health}/healthz`)
  return {
    url: `nats://127.0.0.1:${port}`,
    async stop() {
      const ended = once(server, 'exit')
      server.kill()
      await ended
      await rm(folder, {recursive: true, force: true})
    },
  }
}

async function ready(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await fetch(url).then(answer => answer.ok, () => false)) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error('nats-server did not become ready')
}
