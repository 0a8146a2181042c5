import fc from 'fast-check'
import {expect, test} from 'vitest'
import {SseParser} from '../../../src/clients/tael/sse.ts'

const parse = (...chunks: (string | Uint8Array)[]) => {
  const parser = new SseParser()
  return chunks.flatMap(chunk => parser.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk))
}

test.each([
  ['one message', ['data: [1]\n\n'], ['[1]']],
  ['two at once', ['data: 1\n\ndata: 2\n\n'], ['1', '2']],
  ['keep-alives between', [':\n\ndata: 1\n\n:\n\n'], ['1']],
  ['several lines', ['data: a\ndata: b\n\n'], ['a\nb']],
  ['no blank after the colon', ['data:x\n\n'], ['x']],
  ['carriage returns', ['data: x\r\n\r\n'], ['x']],
  ['other fields', ['event: e\nid: 1\ndata: x\n\n'], ['x']],
  ['an unfinished one', ['data: x\n'], []],
])('%s', (_name, chunks, messages) => {
  expect(parse(...chunks)).toEqual(messages)
})

test('cut anywhere, also inside a character, it gives the same', () => {
  const bytes = Buffer.from('data: [{"body":"wörld 🌍"}]\n\n:\n\ndata: []\n\n')
  fc.assert(fc.property(fc.array(fc.nat(bytes.length), {maxLength: 8}), cuts => {
    const ends = [...cuts.sort((a, b) => a - b), bytes.length]
    expect(parse(...ends.map((end, n) => bytes.subarray(ends[n - 1] ?? 0, end)))).toEqual([
      '[{"body":"wörld 🌍"}]', '[]',
    ])
  }))
})
