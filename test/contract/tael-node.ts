import {setTimeout as sleep} from 'node:timers/promises'
import type {Seed} from '../../src/sandbox/tael/seed.ts'

/** One running server of tael, real or the sandbox's, with a WAL directory of its own. */
export interface LiveNode {
  url: string
  walDir: string
  /** Sends one batch a signal, as an exporter does; a signal that is there but empty is sent empty. */
  ingest(seed: Seed): Promise<void>
  /** As kill -9. */
  kill(): Promise<void>
  /** Starts or thaws it again, on the same state. */
  revive(): Promise<void>
  freeze(): void
}

/** What stands behind the contract of one node. */
export interface LiveTarget {
  node: LiveNode
  /** How many times faster than the real server its times pass. */
  pace: number
  close(): Promise<void>
}

/** A coordinated pair that ships to each other with no required acks; the first leads while both live. */
export interface PairTarget {
  nodes: readonly [LiveNode, LiveNode]
  ids: readonly [string, string]
  pace: number
  close(): Promise<void>
}

/** Waits until it holds; 100 s of the server's own time at most. */
export async function until(holds: () => Promise<boolean> | boolean, pace = 1): Promise<void> {
  for (const end = performance.now() + Math.max(5_000, 100_000 / pace); performance.now() < end;) {
    if (await holds()) return
    await sleep(Math.min(100, 100 / pace + 5))
  }
  throw new Error('it did not come to hold in time')
}

/** Ends it as kill -9 does and starts it again on its state. */
export async function restart(node: LiveNode): Promise<void> {
  await node.kill()
  await node.revive()
  // Connections that this process keeps are cut; the first request finds out.
  await until(() => fetch(`${node.url}/healthz`).then(answer => answer.ok, () => false))
}

export interface Heard {
  status: number
  headers: Headers
  /** The lines behind `data: `, in their order. */
  messages: string[]
  comments: string[]
  /** Every block that is neither. */
  other: string[]
  stop(): void
}

/** Listens to an event stream as a byte reader, without any client of ours. */
export async function listen(url: string): Promise<Heard> {
  const stopped = new AbortController()
  const answer = await fetch(url, {headers: {accept: 'text/event-stream'}, signal: stopped.signal})
  const {status, headers} = answer
  const heard: Heard = {status, headers, messages: [], comments: [], other: [], stop: () => stopped.abort()}
  const take = (block: string) => {
    if (block.startsWith('data: ') && !block.includes('\n')) heard.messages.push(block.slice(6))
    else if (block.startsWith(':')) heard.comments.push(block)
    else heard.other.push(block)
  }
  void (async () => {
    let rest = ''
    const decoder = new TextDecoder()
    for await (const chunk of answer.body!) {
      const blocks = (rest + decoder.decode(chunk as Uint8Array, {stream: true})).split('\n\n')
      rest = blocks.pop()!
      blocks.forEach(take)
    }
  })().catch(() => undefined)
  return heard
}

export async function getJson(url: string): Promise<Record<string, unknown>> {
  return (await (await fetch(url)).json()) as Record<string, unknown>
}

type OneOf<K extends keyof Seed> = NonNullable<Seed[K]>[number]

let lastId = 0

/** A span as an exporter sends it now, with ids of its own. */
export function aSpan(name: string, rest: Partial<OneOf<'spans'>> = {}): OneOf<'spans'> {
  const id = (Date.now() * 1_000 + (lastId += 1)).toString(16)
  return {
    trace_id: id.padStart(32, 'a'), span_id: id.padStart(16, '0'), parent_span_id: null, service: 'payments', name,
    kind: 'server', t_ms: -20, duration_ms: 5.25, status: 'ok', attributes: {amount: 24.99, retry: true}, ...rest,
  }
}

export function aLog(body: string, rest: Partial<OneOf<'logs'>> = {}): OneOf<'logs'> {
  return {service: 'payments', t_ms: -10, severity: 'info', body, attributes: {host: 'pay-prod-1'}, ...rest}
}

export function aGauge(name: string, value: number): OneOf<'metrics'> {
  return {kind: 'gauge', name, unit: '1', service: 'payments', t_ms: -5, value, attributes: {queue: 'main'}}
}
