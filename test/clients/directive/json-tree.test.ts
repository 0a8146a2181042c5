import fc from 'fast-check'
import {expect, test} from 'vitest'
import {JsonSyntaxError, parseJsonTree, positionAt, type JsonNode} from '../../../src/clients/directive/json-tree.ts'

function plain(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object': return Object.fromEntries(node.members.map(({key, value}) => [key, plain(value)]))
    case 'array': return node.items.map(plain)
    case 'number': return Number(node.text)
    case 'null': return null
    default: return node.value
  }
}

test('reads what JSON.parse reads', () => {
  fc.assert(fc.property(fc.jsonValue({stringUnit: 'binary'}), fc.nat(3), (value, indent) => {
    const text = JSON.stringify(value, null, indent)
    expect(plain(parseJsonTree(text))).toEqual(JSON.parse(text))
  }), {numRuns: 300})
})

test('refuses what JSON.parse refuses', () => {
  const puts = fc.constantFrom('', ',', '"', '}', 'x', '0', ' ')
  fc.assert(fc.property(fc.jsonValue(), fc.nat(), puts, (value, where, put) => {
    const text = JSON.stringify(value)
    const at = where % (text.length + 1)
    const broken = text.slice(0, at) + put + text.slice(at + 1)
    let isJson = true
    try { JSON.parse(broken) } catch { isJson = false }
    if (isJson) parseJsonTree(broken)
    else expect(() => parseJsonTree(broken)).toThrow(JsonSyntaxError)
  }), {numRuns: 500})
})

test.each([
  ['half of a surrogate pair', '"\\ud800"'],
  ['too deep', '['.repeat(200) + ']'.repeat(200)],
  ['a byte order mark', '\ufeff{}'],
])('refuses, as the proxy does, %s', (_, text) => {
  expect(() => parseJsonTree(text)).toThrow(JsonSyntaxError)
})

test('a position is line and column from 1', () => {
  expect(positionAt('{\n  "a": x}', 9)).toEqual({line: 2, column: 8})
  expect(positionAt('x', 0)).toEqual({line: 1, column: 1})
})

test('a string of many megabytes is no trouble', () => {
  expect(parseJsonTree(`"${'x'.repeat(9_000_000)}\\n"`)).toMatchObject({kind: 'string'})
})
