import {describe, expect, test} from 'vitest'
import {blockUnitBytes} from '../../../src/clients/tael/walrus-header.ts'
import {drain, MemoryWal} from './wal-memory.ts'

const big = (bytes: number, letter: string) => letter.repeat(bytes)
const numbered = (count: number, bytes = 0) => Array.from({length: count}, (_, n) => `${n}:${big(bytes, 'x')}`)
const short = (found: string[]) => found.map(text => text.slice(0, 12))

describe('reading once', () => {
  test('entries come in append order over blocks and files', async () => {
    const wal = new MemoryWal()
    const first = numbered(30, 1_000_000)
    first.forEach(text => wal.append(text))
    wal.restart()
    wal.append('after the restart')
    expect(await drain(wal.reader())).toEqual([...first, 'after the restart'])
  })

  test('an entry larger than a block is stepped over by its own end, with small ones inside its block', async () => {
    const wal = new MemoryWal()
    const all = ['a', big(blockUnitBytes + 5, 'L'), 'b', 'c', big(3 * blockUnitBytes, 'M'), 'd']
    all.forEach(text => wal.append(text))
    expect(short(await drain(wal.reader()))).toEqual(short(all))
  })

  test('a file that has no room for a large entry ends early', async () => {
    const wal = new MemoryWal()
    wal.append('a')
    wal.occupy(99 * blockUnitBytes)
    const all = ['a', big(2 * blockUnitBytes, 'G'), 'b']
    all.slice(1).forEach(text => wal.append(text))
    expect(await wal.list()).toEqual(['1001', '1002'])
    expect(short(await drain(wal.reader()))).toEqual(short(all))
  })

  test('blocks and files of other topics are passed by', async () => {
    const [ours, other] = [new MemoryWal('spans'), new MemoryWal('logs')]
    ours.append('one')
    other.append('foreign')
    ours.files.set('1002', other.current)
    expect(await drain(ours.reader())).toEqual(['one'])
  })

  test('an empty folder and an empty file give nothing', async () => {
    const wal = new MemoryWal()
    expect(await drain(wal.reader())).toEqual([])
    wal.files.clear()
    expect(await drain(wal.reader())).toEqual([])
  })
})

describe('where to start', () => {
  test('from each position that an entry gave, the rest follows', async () => {
    const wal = new MemoryWal()
    const texts = numbered(6, 3_000_000)
    const places = texts.map(text => wal.append(text))
    for (const [index, place] of places.entries()) {
      expect(short(await drain(wal.reader(place)))).toEqual(short(texts.slice(index)))
    }
    expect(await drain(wal.reader(wal.place))).toEqual([])
  })

  test('now shows only what comes afterwards, from the newest file and block', async () => {
    const wal = new MemoryWal()
    numbered(25, 1_000_000).forEach(text => wal.append(text))
    const reader = wal.reader('now')
    expect(await drain(reader, false)).toEqual([])
    expect(reader.position).toEqual(wal.place)
    wal.append('new')
    expect(await drain(reader, false)).toEqual(['new'])
  })

  test('now in an empty folder shows everything that comes', async () => {
    const wal = new MemoryWal()
    const reader = wal.reader('now')
    expect(await drain(reader, false)).toEqual([])
    wal.append('first')
    expect(await drain(reader, false)).toEqual(['first'])
  })

  test.each([1, 63, 64, 65, 70])('offset %i inside an entry is no position', async offset => {
    const wal = new MemoryWal()
    wal.append('hello world')
    await expect(wal.reader({file: '1001', offset}).next(true)).rejects.toThrow('no entry begins at 1001')
  })

  test('a deleted file is a gap, and an unknown one an error', async () => {
    const wal = new MemoryWal()
    wal.append('gone')
    wal.restart()
    wal.append('kept')
    wal.files.delete('1001')
    expect(await drain(wal.reader({file: '1001', offset: 0}))).toEqual([
      expect.stringContaining('!segment 1001 is gone'), 'kept',
    ])
    await expect(wal.reader({file: '9999', offset: 0}).next(true)).rejects.toThrow('there is no segment 9999')
  })
})

describe('following', () => {
  test('each entry shows once, over blocks, files and restarts, whatever the reader saw before', async () => {
    const wal = new MemoryWal()
    const reader = wal.reader()
    const texts = numbered(60, 700_000)
    const seen: string[] = []
    for (const [n, text] of texts.entries()) {
      if (n % 17 === 16) wal.restart()
      wal.append(text)
      if (n % 3 === 0) seen.push(...(await drain(reader, false)))
    }
    seen.push(...(await drain(reader, false)))
    expect(short(seen)).toEqual(short(texts))
  })

  test('the last entries of a file are not overtaken by the first of the next', async () => {
    const wal = new MemoryWal()
    const reader = wal.reader()
    wal.append('a')
    expect(await drain(reader, false)).toEqual(['a'])
    wal.append('b')
    wal.restart()
    wal.append('c')
    expect(await drain(reader, false)).toEqual(['b', 'c'])
  })

  test('a header that is there before its payload is waited for', async () => {
    const wal = new MemoryWal()
    const reader = wal.reader()
    let entry: Buffer = Buffer.alloc(0)
    const {offset} = wal.append('late payload', whole => {
      entry = whole
      return whole.subarray(0, 64)
    })
    expect(await reader.next(false)).toBeUndefined()
    expect(reader.tipDamage).toBe('the checksum does not hold')
    wal.current.write(entry, offset)
    expect(await drain(reader, false)).toEqual(['late payload'])
    expect(reader.tipDamage).toBeUndefined()
  })

  test('a write that was cut off for good is damage as soon as something follows it', async () => {
    const wal = new MemoryWal()
    const reader = wal.reader()
    wal.append('good')
    wal.append('torn for ever', whole => whole.subarray(0, 70))
    expect(await drain(reader, false)).toEqual(['good'])
    wal.restart()
    expect(await drain(reader, false)).toEqual([])
    wal.append('next life')
    expect(await drain(reader, false)).toEqual(['!the checksum does not hold', 'next life'])
  })

  test('idle looks read little', async () => {
    const wal = new MemoryWal()
    wal.append('x')
    const reader = wal.reader()
    await drain(reader, false)
    const before = wal.current.reads
    for (let n = 0; n < 10; n += 1) await reader.next(false)
    expect(wal.current.reads - before).toBeLessThanOrEqual(30)
  })
})

describe('damage', () => {
  const texts = numbered(9, 100)
  const filled = () => {
    const wal = new MemoryWal()
    return {wal, places: texts.map(text => wal.append(text))}
  }

  test('a flipped payload bit costs that entry', async () => {
    const {wal, places} = filled()
    wal.current.write(Buffer.of(0xff), places[4]!.offset + 70)
    expect(await drain(wal.reader())).toEqual([...texts.slice(0, 4), '!the checksum does not hold', ...texts.slice(5)])
  })

  test.each([
    ['its length', 0], ['its topic', 4], ['the payload length', 10], ['the end of the block', 27], ['the checksum', 34],
  ])('a flipped bit in the header, in %s, costs that entry', async (_name, byte) => {
    const {wal, places} = filled()
    wal.current.write(Buffer.of(0xf7), places[4]!.offset + byte)
    const found = await drain(wal.reader())
    expect(found.filter(text => !text.startsWith('!'))).toEqual([...texts.slice(0, 4), ...texts.slice(5)])
    expect(found.filter(text => text.startsWith('!')).length).toBe(1)
  })

  test('zeroes in the middle cost what they cover and are told', async () => {
    const {wal, places} = filled()
    wal.current.write(Buffer.alloc(places[6]!.offset - places[3]!.offset), places[3]!.offset)
    expect(await drain(wal.reader())).toEqual([...texts.slice(0, 3), '!zeroes where an entry was', ...texts.slice(6)])
  })

  test('a file cut inside an entry, with a newer file', async () => {
    const {wal, places} = filled()
    wal.current.sizeBytes = places[8]!.offset + 80
    wal.restart()
    wal.append('newer')
    expect(await drain(wal.reader())).toEqual([...texts.slice(0, 8), '!the file ends inside the payload', 'newer'])
  })

  test('a zeroed first block does not hide the second', async () => {
    const wal = new MemoryWal()
    const all = numbered(15, 1_000_000)
    const places = all.map(text => wal.append(text))
    const second = places.findIndex(place => place.offset >= blockUnitBytes)
    wal.current.write(Buffer.alloc(blockUnitBytes), 0)
    expect(short(await drain(wal.reader()))).toEqual(short(all.slice(second)))
  })
})
