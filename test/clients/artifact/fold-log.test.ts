import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {FoldLog} from '../../../src/clients/artifact/fold-log.ts'

const snap = readFileSync(new URL('../../fixtures/artifact/artifacts/append-log-rev5/data/fold.snap', import.meta.url))

function check(bytes: Buffer, pieceBytes: number) {
  const log = new FoldLog()
  for (let at = 0; at < bytes.length; at += pieceBytes) log.update(bytes.subarray(at, at + pieceBytes))
  return log.end()
}

const changed = (at: number, value: number): Buffer => {
  const bytes = Buffer.from(snap)
  bytes[at] = value
  return bytes
}

const cases: [string, Buffer, string | undefined][] = [
  ['whole', snap, undefined],
  ['empty', Buffer.alloc(0), 'its end is cut off'],
  ['cut in the magic', snap.subarray(0, 3), 'its end is cut off'],
  ['cut in a record', snap.subarray(0, snap.length - 1), 'its end is cut off'],
  ['cut in the length of a key', snap.subarray(0, 12), 'its end is cut off'],
  ['another magic', changed(0, 0), 'it is no append log of version 2'],
  ['another version', changed(4, 3), 'it is no append log of version 2'],
  ['a changed checksum', changed(6, snap[6]! ^ 1), 'a record has a wrong checksum'],
  ['a changed value', changed(100, snap[100]! ^ 1), 'a record has a wrong checksum'],
  ['an unknown type', changed(10, 9), 'a record has the unknown type 9'],
]

test.each(cases.flatMap(row => [1, 7, 100, 100_000].map(piece => [row[0], piece, row[1], row[2]] as const)))(
  '%s, in pieces of %d', (_name, piece, bytes, problem) => {
    const end = check(bytes, piece)
    expect(end.problem).toBe(problem)
    if (problem === undefined) expect(end).toMatchObject({cursorHex: '0000000000000005', keys: 1})
  })

test('a value beyond 64 MiB is refused before it is waited for', () => {
  const head = Buffer.from([...snap.subarray(0, 10), 1, 1, 0, 0x6b, 0xff, 0xff, 0xff, 0xff])
  expect(check(head, 3).problem).toBe('a value is larger than 64 MiB')
})
