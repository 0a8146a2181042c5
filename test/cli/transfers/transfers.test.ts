import {chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {hostname, tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import type {Io} from '../../../src/cli/io.ts'
import {readTransfers, surroundings, verdictOn} from '../../../src/cli/transfers/read.ts'
import {parseRecord, pidOf, type TransferRecord} from '../../../src/cli/transfers/record.ts'
import {recordTransfer} from '../../../src/cli/transfers/recorder.ts'

const startMs = Date.parse('2026-11-21T10:00:00Z')
const iso = (ms: number) => new Date(ms).toISOString()
let state: string
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'opsdeck-transfers-'))
})
afterEach(() => rmSync(state, {recursive: true, force: true}))
const folder = () => join(state, 'opsdeck/transfers')

/** Seconds pass when the test says so. */
function steppedIo(over: Partial<Io> = {}) {
  let nowMs = startMs
  let wake: () => void = () => undefined
  let slept = 0
  const clock = {
    nowMs: () => nowMs, monotonicMs: () => nowMs - startMs,
    sleep: (_: number, signal?: AbortSignal) => new Promise<void>((resolve, reject) => {
      slept += 1
      wake = resolve
      if (signal?.aborted) reject(signal.reason as Error)
      signal?.addEventListener('abort', () => reject(signal.reason as Error))
    }),
  }
  const io = {env: {XDG_STATE_HOME: state}, homeDir: '', pid: 4711, clock, ...over} as unknown as Io
  /** Until it sleeps again. */
  const second = async () => {
    nowMs += 1_000
    const before = slept
    wake()
    while (slept === before) await new Promise(resolve => setTimeout(resolve, 1))
  }
  return {io, second}
}

const place = async () => ({store: 's3://b/p', context: 'prod'})
const alive = (...pids: number[]) =>
  ({nowMs: startMs + 3_000, host: hostname(), isAlive: (pid: number) => pids.includes(pid)})

describe('the record of a transfer', () => {
  it('says what goes where, how far and how fast, and is gone in the end', async () => {
    const {io, second} = steppedIo()
    const recorder = recordTransfer(io, {action: 'push', subject: 'edge/routes'}, place)
    recorder.report(100, 10_000)
    expect(existsSync(folder())).toBe(false)
    await second()
    recorder.report(1_100, 10_000)
    await second()
    const [found] = await readTransfers(folder(), alive(4711))
    expect(found).toEqual({
      action: 'push', subject: 'edge/routes', store: 's3://b/p', context: 'prod', pid: 4711, host: hostname(),
      doneBytes: 1_100, totalBytes: 10_000, bytesPerSecond: 1_000, startedAt: iso(startMs),
      updatedAt: iso(startMs + 2_000),
      silentMs: 1_000,
    })
    const [name] = readdirSync(folder())
    expect([statSync(folder()).mode & 0o777, statSync(join(folder(), name!)).mode & 0o777]).toEqual([0o700, 0o600])
    await recorder.end()
    expect(readdirSync(folder())).toEqual([])
  })

  it('gives signs of life while nothing moves', async () => {
    const {io, second} = steppedIo()
    const recorder = recordTransfer(io, {action: 'pull', subject: 'k'}, place)
    recorder.report(5, 10)
    for (let at = 0; at < 4; at += 1) await second()
    expect(await readTransfers(folder(), alive(4711))).toMatchObject([
      {bytesPerSecond: 0, updatedAt: iso(startMs + 4_000)},
    ])
    await recorder.end()
  })

  it('is never written for what takes no second', async () => {
    const {io} = steppedIo()
    const recorder = recordTransfer(io, {action: 'push', subject: 'k'}, place)
    recorder.report(1, 1)
    await recorder.end()
    expect(readdirSync(state)).toEqual([])
  })

  it.each([
    ['a file stands where the folder should be', () => writeFileSync(join(state, 'opsdeck'), '')],
    ['the configuration cannot be read', () => undefined],
  ])('harms nothing when %s', async (what, break_) => {
    break_()
    const {io} = steppedIo({
      clock: {nowMs: () => startMs, monotonicMs: () => 0, sleep: async () => undefined},
    } as Partial<Io>)
    const broken = () => Promise.reject(new Error('no configuration'))
    const recorder = recordTransfer(io, {action: 'push', subject: 'k'}, what.startsWith('the') ? broken : place)
    recorder.report(1, 2)
    await new Promise(resolve => setTimeout(resolve, 20))
    recorder.report(2, 2)
    await recorder.end()
  })

  it('is kept to itself on a machine without a home', async () => {
    const {io} = steppedIo({env: {}})
    const recorder = recordTransfer(io, {action: 'push', subject: 'k'}, place)
    recorder.report(1, 2)
    await recorder.end()
  })
})

const record = (over: Partial<TransferRecord> = {}): TransferRecord => ({
  action: 'push', subject: 'k', store: null, context: null, pid: 1, host: 'here', doneBytes: 1, totalBytes: 2,
  bytesPerSecond: null,
  startedAt: iso(startMs), updatedAt: iso(startMs), ...over,
})

describe('records of others', () => {
  const around = (nowMs: number, ...pids: number[]) =>
    ({nowMs, host: 'here', isAlive: (pid: number) => pids.includes(pid)})
  it.each([
    ['of a living process', record(), around(startMs, 1), 'shown'],
    ['of one that is stopped', record(), around(startMs + 600_000, 1), 'shown'],
    ['of a dead one', record(), around(startMs, 2), 'ghost'],
    ['of a number that is another process by now', record(), around(startMs + 3_600_001, 1), 'ghost'],
    ['of another host', record({host: 'there'}), around(startMs + 60_000), 'shown'],
    ['of another host, not heard of', record({host: 'there'}), around(startMs + 60_001), 'hidden'],
    ['of another host, long ago', record({host: 'there'}), around(startMs + 3_600_001), 'ghost'],
  ])('%s', (_, given, surrounding, verdict) => expect(verdictOn(given, surrounding)).toBe(verdict))

  it('are swept when their process is dead; what is no record is left alone', async () => {
    mkdirSync(folder(), {recursive: true})
    const put = (name: string, text: string) => writeFileSync(join(folder(), name), text)
    put('4711-1.json', JSON.stringify(record({pid: 4711, host: hostname(), updatedAt: iso(startMs)})))
    put('4712-1.json', JSON.stringify(record({pid: 4712, host: hostname(), updatedAt: iso(startMs)})))
    put('4712-2.json.part', '{"pid"')
    put('4711-3.json', '{"pid": 4711')
    put('notes.txt', 'mine')
    const found = await readTransfers(folder(), alive(4711))
    expect(found.map(({pid}) => pid)).toEqual([4711])
    expect(readdirSync(folder()).sort()).toEqual(['4711-1.json', '4711-3.json', 'notes.txt'])
  })

  it('that cannot be swept are not shown all the same', async () => {
    mkdirSync(folder(), {recursive: true})
    writeFileSync(join(folder(), '4712-1.json'), JSON.stringify(record({pid: 4712, host: hostname()})))
    chmodSync(folder(), 0o500)
    expect(await readTransfers(folder(), alive())).toEqual([])
    chmodSync(folder(), 0o700)
  })

  it('are none where there is no folder', async () =>
    expect(await readTransfers(folder(), surroundings(0))).toEqual([]))
  it.each([['1-2.json', 1], ['1-2.json.part', 1], ['x.json', undefined], ['1-2.json~', undefined]])(
    '%s is of %s', (name, pid) => expect(pidOf(name)).toBe(pid),
  )
  it.each(['', 'null', '[]', '{}', '{"pid": 1}', JSON.stringify({...record(), pid: '1'})])('%s is none', text =>
    expect(parseRecord(text)).toBeUndefined())
})
