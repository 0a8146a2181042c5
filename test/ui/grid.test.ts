import {describe, expect, it} from 'vitest'
import {view, wide as wideColumn} from '../../src/format/view.ts'
import {searchText} from '../../src/ui/filter.ts'
import {grid} from '../../src/ui/grid.ts'
import type {View} from '../../src/format/view.ts'

interface Item {key: string; state: string; note: string; extra: string; count: number}
const shown = view<Item>('items', each => each.key, {
  key: each => each.key,
  state: {get: each => each.state, priority: 3},
  count: each => each.count,
  note: {get: each => each.note, priority: -1},
  extra: wideColumn(each => each.extra),
}) as View<unknown>
const items: Item[] = [
  {key: 'first-of-all-keys', state: 'held', note: 'a note of some length', extra: 'hidden', count: 7},
  {key: 'second', state: 'expired', note: '', extra: 'hidden', count: 1_234},
]
const text = (width: number, over = {}) => grid(shown, items, {width, nowMs: 0, unicode: true, wide: false, selected: 0, isMarked: () => false, sort: undefined, ...over})
  .map(line => line.map(part => part.text).join('').trimEnd())

describe('columns', () => {
  it('all stand where there is room, those for the wide view only in it', () => {
    expect(text(80)[0]!.split(/ +/).filter(Boolean)).toEqual(['KEY', 'STATE', 'COUNT', 'NOTE'])
    expect(text(100, {wide: true})[0]).toContain('EXTRA')
  })
  it('leave by their priority, the least first, and the key last of all', () => {
    const columns = (width: number) => text(width)[0]!.split(/ +/).filter(Boolean)
    expect(columns(32)).toEqual(['KEY', 'STATE', 'COUNT'])
    expect(columns(24)).toEqual(['KEY', 'STATE'])
    expect(columns(12)).toEqual(['KEY'])
  })
  it('hold numbers to the right', () => expect(text(80)[1]).toMatch(/held +7 /))
})

it('marks the row under the cursor, and no other', () => {
  expect(text(60, {selected: 1}).map(line => line.slice(0, 2))).toEqual(['  ', '  ', '> '])
})

it('a filter looks at the beginning of a long value only', () => {
  const item = {...items[0]!, note: `${'x'.repeat(5_000)}needle`}
  expect(searchText(shown, item).length).toBeLessThan(2_200)
  expect(searchText(shown, item)).toContain('xxx')
})
