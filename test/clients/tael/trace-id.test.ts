import {expect, test} from 'vitest'
import {spanId, traceId} from '../../../src/clients/tael/trace-id.ts'

const id = '35f76ceff3c810b2049457e1371ebd87'
test.each([
  [id, id], [id.toUpperCase(), id], [` ${id}\n`, id], ['35f76cef-f3c8-10b2-0494-57e1371ebd87', id],
  ['run-17', 'run-17'], ['Case.A', 'Case.A'],
])('trace id %j is %s', (text, wanted) => expect(traceId(text)).toBe(wanted))

test.each([
  ['', 'empty'], ['  ', 'empty'], ['0'.repeat(32), 'zeroes'], ['35f76ceff3c8', '12 hex digits and not 32'],
  [`${id}0`, '33 hex digits'],
  ['run 17', 'characters'], ['../services', 'characters'], ['a\u0000b', 'characters'], ['abc', '3 hex digits'],
  ['-', '0 hex digits'],
])('%j is refused: %s', (text, why) =>
  expect(() => traceId(text)).toThrow(expect.objectContaining({exit: 3, message: expect.stringContaining(why)})))

test('span ids have 16 digits', () => {
  expect(spanId('70A91B610E3D931A')).toBe('70a91b610e3d931a')
  expect(() => spanId(id)).toThrow('32 hex digits and not 16')
})
