import {spawn} from 'node:child_process'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {RaftClient} from '../../../src/clients/raft/client.ts'
import {openNodes, type RaftOptions} from '../../../src/clients/raft/node.ts'
import {binPath, cleanEnv} from '../../helpers/cli.ts'
import type {RaftCluster} from './start.ts'

export interface WatchEvent {
  event: string
  /** Milliseconds since the epoch at which the line was written. */
  atMs: number
  item: {id?: number; term?: number; problem?: string; proven?: boolean} | null
}

/** `ctl raft status --watch -o jsonl` of a cluster, as a process of its own. */
export interface Watching {
  events: readonly WatchEvent[]
  /** The first event from now on, or from `fromMs`, that fits. */
  next(fits: (event: WatchEvent) => boolean, fromMs?: number): Promise<WatchEvent>
  /** Until the last word about a leader is that it leads in this term. */
  untilLed(term: bigint): Promise<void>
  stop(): Promise<void>
}

export const optionsOf = (cluster: RaftCluster): RaftOptions => (
  {endpoints: cluster.endpoints, timeoutMs: 1_000, monotonicMs: systemClock.monotonicMs})

export async function startWatching(cluster: RaftCluster): Promise<Watching> {
  const home = await mkdtemp(join(tmpdir(), 'opsdeck-raft-watch-'))
  const config = join(home, 'config.yaml')
  const contexts = {x: {raft: {endpoints: cluster.endpoints}}}
  await writeFile(config, JSON.stringify({current: 'x', contexts}), {mode: 0o600})
  const child = spawn(process.execPath, [binPath('ctl'), 'raft', 'status', '--watch', '-o', 'jsonl'], {
    env: cleanEnv({OPSDECK_CONFIG: config}), stdio: ['ignore', 'pipe', 'inherit'],
  })
  const events: WatchEvent[] = []
  createInterface({input: child.stdout}).on('line', line => {
    const {event, at, item} = JSON.parse(line)
    events.push({event, atMs: Date.parse(at), item})
  })
  return {
    events,
    async next(fits, fromMs = Date.now()) {
      for (let tries = 0; tries < 3_000; tries += 1) {
        const found = events.find(each => each.atMs >= fromMs && fits(each))
        if (found) return found
        await systemClock.sleep(10)
      }
      throw new Error(`no such event; the last: ${JSON.stringify(events.slice(-5))}`)
    },
    async untilLed(term) {
      for (let tries = 0; tries < 3_000; tries += 1) {
        const last = events.findLast(({event}) => event === 'leader' || event === 'no-leader')
        if (last?.item?.term === Number(term)) return
        await systemClock.sleep(10)
      }
      throw new Error(`the watch never saw term ${term}`)
    },
    async stop() {
      const gone = new Promise(resolve => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
      await rm(home, {recursive: true})
    },
  }
}

/** When some node accepts a write again, tried on all of them over and over. */
export async function firstAcceptedWrite(cluster: RaftCluster, except: number): Promise<number> {
  const nodes = openNodes(optionsOf(cluster)).filter(({id}) => id !== except)
  const command = {insert: {key: Buffer.from('/watch/first'), value: Buffer.from('x')}}
  try {
    for (let tries = 0; tries < 3_000; tries += 1) {
      const accepted = await Promise.all(nodes.map(node => node.call('write', {command}).then(() => true, () => false)))
      if (accepted.includes(true)) return Date.now()
      await systemClock.sleep(5)
    }
    throw new Error('no write was accepted')
  } finally {
    for (const node of nodes) node.close()
  }
}

/** A leader is proven and all nodes are ready. */
export async function untilWhole(cluster: RaftCluster): Promise<{id: number; term: bigint}> {
  const client = await RaftClient.open(optionsOf(cluster))
  try {
    for await (const {leader, nodes} of client.watch(100, systemClock, AbortSignal.timeout(60_000))) {
      const isWhole = leader && nodes.every(({ready, names}) => ready && names === leader.id)
      if (isWhole) return {id: leader.id, term: leader.term!}
    }
    throw new Error('unreachable')
  } finally {
    client.close()
  }
}
