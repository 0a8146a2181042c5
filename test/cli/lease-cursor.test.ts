import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {cursorFromFile, cursorIn, cursorPlace, stampOf} from '../../src/cli/lease-cursor.ts'

test.each([
  [undefined, {kind: 'none'}], ['fd:3', {kind: 'fd', fd: 3}], ['fd:9', {kind: 'fd', fd: 9}],
  ['out/cursor', {kind: 'file', path: 'out/cursor'}],
])('%s is %j', (text, place) => expect(cursorPlace(text)).toEqual(place))

test.each(['fd:0', 'fd:2', 'fd:10', 'fd:', 'fd:x'])('%s is refused', text => {
  expect(() => cursorPlace(text)).toThrow(/is not a descriptor/)
})

test.each([
  ['000000000002d093\n', '000000000002d093'], [' 0A ', '0a'], ['', ''], ['\n', ''],
])('%j holds %j', (text, hex) => expect(cursorIn(text, 'x')).toBe(hex))

test.each(['abc', '0x0a', '12 34', 'done'])('%j holds none', text => {
  expect(() => cursorIn(text, 'x')).toThrow(expect.objectContaining({code: 'BAD_CURSOR', exit: 125}))
})

test('a file that the command did not write is refused, one that it wrote anew is read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'opsdeck-cursor-'))
  try {
    const file = join(folder, 'cursor')
    expect(await stampOf(file)).toBeUndefined()
    await expect(cursorFromFile(file, undefined)).rejects.toMatchObject({code: 'BAD_CURSOR'})
    await writeFile(file, '0a')
    expect(await cursorFromFile(file, undefined)).toBe('0a')
    const before = await stampOf(file)
    await expect(cursorFromFile(file, before)).rejects.toThrow(/was not written by the command/)
    await writeFile(file, '0b')
    expect(await cursorFromFile(file, before)).toBe('0b')
  } finally {
    await rm(folder, {recursive: true})
  }
})
