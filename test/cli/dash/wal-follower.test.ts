import {Packr} from 'msgpackr'
import {afterEach, describe, expect, it} from 'vitest'
import {WalFollower, type FollowerOptions} from '../../../src/cli/dash/wal-follower.ts'
import {RowRing, type NewRow} from '../../../src/cli/dash/wal-rows.ts'
import {NotFoundError} from '../../../src/clients/net/errors.ts'
import {MemoryWal} from '../../clients/tael/wal-memory.ts'

const packr = new Packr({useRecords: false})
const log = (body: string) => ({timestamp: '2026-11-21T10:00:00.000Z', service: 'pay', severity: 'info', body, attributes: {}})
const logs = (...bodies: string[]) => Buffer.concat([Buffer.of(2, 2), packr.pack(bodies.map(log))])
const soon = () => new Promise(resolve => setTimeout(resolve, 30))

let last: WalFollower | undefined
afterEach(() => last?.stop())

function followed(wal: MemoryWal, over: Partial<FollowerOptions> = {}) {
  const times = {ms: 0}
  const clock = {
    nowMs: () => times.ms, monotonicMs: () => times.ms,
    sleep: (_: number, signal?: AbortSignal) => new Promise<void>((resolve, reject) => {
      setTimeout(resolve, 1)
      signal?.addEventListener('abort', () => reject(signal.reason))
    }),
  }
  const follower = new WalFollower({clock, open: async () => wal, breathe: async () => undefined, idleMs: 10_000, ...over})
  last = follower
  const look = async () => {
    await follower.look()
    await soon()
    return follower.look()
  }
  return {follower, look, times}
}

const shown = ({items}: {items: readonly {kind: string; text?: string; item?: unknown}[]}) =>
  items.map(({kind, text, item}) => (kind === 'record' ? (item as {body: string}).body : `${kind}: ${text}`))

describe('following a WAL', () => {
  it('gives what is written from now on, newest first', async () => {
    const wal = new MemoryWal()
    wal.append(logs('old'))
    const {look} = followed(wal)
    expect(shown(await look())).toEqual([])
    wal.append(logs('a', 'b'))
    wal.append(logs('c'))
    const reading = await look()
    expect(shown(reading)).toEqual(['c', 'b', 'a'])
    expect((await look()).items).toBe(reading.items)
  })

  it('shows frames of an unknown version, records that are none, and damaged places', async () => {
    const wal = new MemoryWal()
    const {look} = followed(wal)
    await look()
    wal.append(Buffer.of(9, 1, 0xca, 0xfe))
    wal.append(Buffer.concat([Buffer.of(2, 2), packr.pack('no list')]))
    wal.append(logs('x'), entry => entry.fill(0xee, entry.length - 3))
    wal.append(logs('whole'))
    expect(shown(await look())).toEqual([
      'whole', expect.stringMatching(/^damage: .*going on at/), expect.stringMatching(/^undecoded: not decodable: the batch is not an array, 10 bytes: 0202/),
      'undecoded: unknown version 9, 4 bytes: 0901cafe',
    ])
  })

  it('passes over what comes faster than it is shown, and says so', async () => {
    const wal = new MemoryWal()
    const {look, follower} = followed(wal)
    await look()
    for (let frame = 0; frame < 5; frame += 1) wal.append(logs(...Array.from({length: 900}, (_, at) => `${frame}-${at}`)))
    await soon()
    const {items} = await follower.look()
    expect(items).toHaveLength(1_000)
    expect(items[0]).toMatchObject({kind: 'passed over', text: expect.stringMatching(/^2 frames came faster .*--from \d+:\d+$/)})
    expect(shown({items: items.slice(1, 2)})).toEqual(['2-899'])
    wal.append(logs('after'))
    expect(shown(await look())[0]).toBe('after')
  })

  it('goes on where it was after a short absence, and says what it left out after a long one', async () => {
    const wal = new MemoryWal()
    const {look, follower, times} = followed(wal)
    await look()
    wal.append(logs('first'))
    await look()
    follower.stop()
    wal.append(logs('meanwhile'))
    times.ms += 30_000
    expect(shown(await look())).toEqual(['meanwhile', 'first'])
    follower.stop()
    wal.append(logs('missed'))
    times.ms += 61_000
    await look()
    wal.append(logs('later'))
    expect(shown(await look())).toEqual(['later', expect.stringMatching(/^not followed: .*--from \d+:\d+$/), 'meanwhile', 'first'])
  })

  it('lets the files alone when nobody looks any more', async () => {
    let sleeps = 0
    const {follower} = followed(new MemoryWal(), {idleMs: 20, clock: {nowMs: () => 0, monotonicMs: () => 0, sleep: async () => {
      sleeps += 1
      await soon()
    }}})
    await follower.look()
    await new Promise(resolve => setTimeout(resolve, 120))
    const then = sleeps
    await new Promise(resolve => setTimeout(resolve, 120))
    expect(sleeps).toBe(then)
  })

  it('says why it cannot, and begins again with the next look', async () => {
    const wal = new MemoryWal()
    let isThere = false
    const {follower, look} = followed(wal, {open: async () => {
      if (!isThere) throw new NotFoundError('no such folder')
      return wal
    }})
    await expect(follower.look()).rejects.toThrow('no such folder')
    isThere = true
    expect((await look()).path).toBe('memory')
  })
})

describe('the ring', () => {
  const row = (text: string): NewRow => ({kind: 'gap', position: '1:0', signal: null, text})
  const texts = (ring: RowRing) => ring.newestFirst().map(each => each.text)

  it('holds so many rows', () => {
    const ring = new RowRing()
    ring.add(Array.from({length: 1_500}, (_, at) => row(String(at))))
    expect([texts(ring).length, texts(ring)[0], texts(ring).at(-1)]).toEqual([1_000, '1499', '500'])
  })

  it('and so many bytes', () => {
    const ring = new RowRing()
    ring.add([row('a'), row('b')], 6_000_000)
    ring.add([row('c')], 4_000_000)
    expect(texts(ring)).toEqual(['c', 'b'])
    ring.add([row('huge')], 9_000_000)
    expect(texts(ring)).toEqual([])
  })
})
