import fc from 'fast-check'
import {expect, it} from 'vitest'
import {pairs} from '../../../src/ui/events/pairs.ts'

interface Thing {
  name: string
  value: number
}

const a = {name: 'a', value: 1}
const b = {name: 'b', value: 1}
const other = (thing: Thing) => ({...thing, value: thing.value + 1})
const name = (thing: Thing) => thing.name

it.each([
  ['the very same are left out', [a, b], [a, b], []],
  ['one that changed', [a, b], [a, other(b)], [[b, other(b)]]],
  ['one that came first', [b], [a, other(b)], [[undefined, a], [b, other(b)]]],
  ['one that went', [a, b], [other(b)], [[b, other(b)]]],
  ['the other way round', [a, b], [other(b), other(a)], [[b, other(b)], [a, other(a)]]],
  ['nothing before', [], [a], [[undefined, a]]],
])('%s', (_, before, now, found) => expect(pairs(before, now, name)).toEqual(found))

it('finds what an index of everything would find', () => {
  const thing = fc.record({name: fc.constantFrom('a', 'b', 'c', 'd'), value: fc.integer()})
  const list = fc.uniqueArray(thing, {selector: name})
  fc.assert(fc.property(list, list, (before, now) => {
    const index = new Map(before.map(each => [each.name, each]))
    expect(pairs(before, now, name)).toEqual(now.map(each => [index.get(each.name), each]))
  }))
})
