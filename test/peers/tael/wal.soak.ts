import {spawn} from 'node:child_process'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {spanBatch, walServer} from './wal-server.ts'
import type {WalServer} from './wal-server.ts'

interface Followed {
  seen: [seq: number, atMs: number][]
  others: string[]
  peakMiB: number
  cpuMs: number
}

/** `wal-follow.ts` as a process; `stop` ends it and gives what it saw. */
async function follower(walDir: string, from: 'start' | 'now') {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'wal-follow.ts'), walDir, from], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  child.stdout.on('data', part => (out += part))
  await new Promise(resolve => child.stderr.once('data', resolve))
  return {
    async stop(): Promise<Followed> {
      const gone = new Promise(resolve => child.once('close', resolve))
      child.kill('SIGTERM')
      await gone
      return JSON.parse(out) as Followed
    },
  }
}

const quantile = (values: number[], q: number) => values.toSorted((a, b) => a - b)[Math.round(q * (values.length - 1))]!

/** Posts `batches` batches of `size`, numbered on from `first`; gives when each number was sent and the latencies. */
async function load(server: WalServer, first: number, batches: number, size: number, pauseMs = 0) {
  const sentMs: number[] = []
  const latencies: number[] = []
  for (let n = 0; n < batches; n += 1) {
    const body = spanBatch('load', Array.from({length: size}, (_, i) => String(first + n * size + i)), 'p'.repeat(60))
    const start = performance.now()
    const at = Date.now()
    expect(await server.ingest('traces', body)).toBe(200)
    latencies.push(performance.now() - start)
    for (let i = 0; i < size; i += 1) sentMs.push(at)
    if (pauseMs) await new Promise(resolve => setTimeout(resolve, pauseMs))
  }
  return {sentMs, latencies}
}

test('200,000 spans across kill -9 and restarts: each once, in order, in bounded memory', async () => {
  const server = await walServer('0.5.15')
  try {
    await server.start()
    const tail = await follower(server.walDir, 'start')
    const rounds = 4
    for (let round = 0; round < rounds; round += 1) {
      await load(server, round * 50_000, 100, 500)
      await server.kill('SIGKILL')
      await server.start()
    }
    await new Promise(resolve => setTimeout(resolve, 1_500))
    const {seen, others, peakMiB} = await tail.stop()
    console.log(`200,000 spans, ${rounds} kills: saw ${seen.length}, peak ${Math.round(peakMiB)} MiB`)
    expect(seen.map(([seq]) => seq)).toEqual(Array.from({length: 200_000}, (_, n) => n))
    expect(others).toEqual([])
    const whole = await follower(server.walDir, 'start')
    const again = await whole.stop()
    console.log(
      `read again: ${again.seen.length}, peak ${Math.round(again.peakMiB)} MiB, cpu ${Math.round(again.cpuMs)} ms`,
    )
    expect(again.seen.length).toBe(200_000)
    expect(again.peakMiB).toBeLessThan(150)
  } finally {
    await server.dispose()
  }
})

test('a new record shows soon, and the writes of the server are as fast as without a tail', async () => {
  const server = await walServer('0.5.15')
  try {
    await server.start()
    await load(server, 0, 200, 20)
    const lags: number[] = []
    const without: number[] = []
    const beside: number[] = []
    for (let round = 0; round < 6; round += 1) {
      without.push(...(await load(server, 0, 300, 20, 3)).latencies)
      const tail = await follower(server.walDir, 'now')
      const {sentMs, latencies} = await load(server, 0, 300, 20, 3)
      beside.push(...latencies)
      await new Promise(resolve => setTimeout(resolve, 200))
      const {seen} = await tail.stop()
      expect(seen.length).toBe(sentMs.length)
      for (const [seq, atMs] of seen) lags.push(atMs - sentMs[seq]!)
    }
    const [p50, p99] = [0.5, 0.99].map(q => quantile(lags, q))
    const ms = (values: number[]) => [0.5, 0.95].map(q => quantile(values, q).toFixed(2)).join('/')
    console.log(
      `from request to shown: p50 ${p50} ms, p99 ${p99} ms; write p50/p95 ms: ${ms(without)} without, ${ms(beside)} with a tail`,
    )
    expect(p99!).toBeLessThan(100)
  } finally {
    await server.dispose()
  }
})
