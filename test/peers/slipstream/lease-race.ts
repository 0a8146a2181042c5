import {spawn} from 'node:child_process'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {LeaseClient} from '../../../src/clients/lease/client.ts'
import {NatsLeaseStore} from '../../../src/clients/lease/nats-store.ts'
import {encodeLeaseRecord} from '../../../src/clients/lease/record.ts'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {crate} from './crate.ts'

export interface Round {
  /** Holders that were told they have it. */
  winners: string[]
  /** The holder in the bucket afterwards. */
  stored: string | undefined
}

/** A key as a round finds it: never used, expired, given back, garbage. */
const starts: readonly (Uint8Array | undefined)[] = [
  undefined, encodeLeaseRecord({holderId: 'before', acquiredAtUnixS: 1n, expiresAtUnixS: 2n}), new Uint8Array(0),
  new TextEncoder().encode('garbage'),
]
const signal = new AbortController().signal

/** Rounds of `ours` processes of ours, connected already, and `theirs` of the crate, started about when ours go. */
export async function raceRounds(
  url: string, wire: string[], ours: number, theirs: number, rounds: number,
): Promise<Round[]> {
  const client = new LeaseClient(await NatsLeaseStore.open({url, bucket: 'leases', timeoutMs: 10_000}), systemClock)
  const racers = await Promise.all(Array.from({length: ours}, () => startRacer(url)))
  const results: Round[] = []
  try {
    // Ours are connected already, so they wait: a little longer after each round they won, a little less after others.
    let delayMs = 20
    for (let round = 0; round < rounds; round += 1) {
      const key = `race.${round}`
      const before = starts[round % starts.length]
      if (before) await client.store.write(key, before, 0n, signal)
      const result = await oneRound(client, racers, key, {url, wire, theirs, delayMs})
      results.push(result)
      delayMs *= result.stored?.startsWith('ours') ? 1.15 : 0.85
    }
  } finally {
    for (const racer of racers) racer.stop()
    await client.store.close()
  }
  return results
}

interface Theirs {
  url: string
  wire: string[]
  theirs: number
  /** From starting the crate's processes to letting ours go. */
  delayMs: number
}

async function oneRound(
  client: LeaseClient, racers: Racer[], key: string, {url, wire, theirs, delayMs}: Theirs,
): Promise<Round> {
  // Ours are told first: starting eight programs holds this process up.
  const atMs = Date.now() + delayMs
  const mine = racers.map(
    async (racer, at) => ((await racer.acquire(key, `ours-${at}`, atMs)) === 'done' ? [`ours-${at}`] : []),
  )
  const others = Array.from({length: theirs}, async (_, at) => {
    const answer = await crate(...wire, 'lease-acquire', url, 'leases', key, `crate-${at}`, '60')
    return answer['acquired'] === true ? [`crate-${at}`] : []
  })
  const told = await Promise.all([...mine, ...others])
  const state = await client.get(key, signal)
  return {winners: told.flat(), stored: 'record' in state ? state.record.holderId : undefined}
}

interface Racer {
  /** At an instant of the wall clock. */
  acquire(key: string, holder: string, atMs: number): Promise<string>
  stop(): void
}

async function startRacer(url: string): Promise<Racer> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'lease-racer.ts'), url, 'leases'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]()
  const next = async () => {
    const {value, done} = await lines.next()
    if (done) throw new Error('a racer died')
    return value as string
  }
  await next()
  return {
    acquire(key, holder, atMs) {
      child.stdin.write(`${key} ${holder} ${atMs}\n`)
      return next()
    },
    stop: () => child.stdin.end(),
  }
}
