import {parse} from 'yaml'
import {describe, expect, it} from 'vitest'
import {bar, ticks} from '../../src/format/bar.ts'
import {csv} from '../../src/format/csv.ts'
import {diffText} from '../../src/format/diff.ts'
import {escapeControl} from '../../src/format/escape.ts'
import {sortItems} from '../../src/format/sort.ts'
import {card, shorten, table, textWidth} from '../../src/format/table.ts'
import {decimal, duration, instant, percent, relative, size} from '../../src/format/units.ts'
import {view, wide, type Page} from '../../src/format/view.ts'
import {toYaml} from '../../src/format/yaml.ts'
import {fc} from '../helpers/check.ts'

const page: Page = {width: Number.POSITIVE_INFINITY, unicode: true, nowMs: 0, paint: (_, text) => text}
const narrow = (width: number): Page => ({...page, width})

interface Row {
  name: string
  ms: number | null
}
const rows = view<Row>('rows', each => each.name, {
  name: each => each.name,
  took: {
    get: each => (each.ms === null ? null : duration(each.ms)), value: each => each.ms, unit: 'ms', align: 'right',
  },
  extra: wide(() => 'x,"y"'),
})
const items: Row[] = [{name: 'b', ms: 1500}, {name: 'a', ms: 20}, {name: 'c', ms: null}]

describe('units', () => {
  it.each([
    [0, '0ms'], [0.000_123, '123ns'], [0.0421, '42.1µs'], [81.000192, '81ms'], [989.25, '989ms'], [1_500, '1.5s'],
    [61_234, '1m1s'], [3_725_000, '1h2m'], [90_061_000, '1d1h'], [86_400_000, '1d'], [-5, '-5ms'], [Number.NaN, '-'],
  ])('%f ms is %s', (ms, text) => expect(duration(ms)).toBe(text))
  it.each([
    [0, '0B'], [1_023, '1023B'], [1_536, '1.5KiB'], [16 * 2 ** 20, '16MiB'], [2 ** 40, '1TiB'],
  ])('%f bytes is %s', (bytes, text) =>
    expect(size(bytes)).toBe(text))
  it.each([
    ['2026-11-21T03:41:44.896103691Z', '2026-11-21 03:41:44.896'],
    ['2026-11-21T03:41:44+00:00', '2026-11-21 03:41:44.000'], ['soon', 'soon'],
  ])(
    '%s is shown as %s', (text, shown) => expect(instant(text)).toBe(shown))
  it.each([[10_000, 22_000, '12s ago'], [22_000, 10_000, 'in 12s'], [1_000, 1_200, 'now']])(
    'relative', (at, now, text) => expect(relative(at, now)).toBe(text),
  )
  it.each([
    [0.0416, '4.2%'], [Number.NaN, '-'], [0, '0.0%'], [1, '100.0%'],
    // One of ten thousand is not none, all but one of them is not all.
    [0.0001, '<0.1%'], [0.0005, '0.1%'], [0.9999, '>99.9%'],
  ])('the part %f is %s', (part, text) => expect(percent(part)).toBe(text))
  it.each([
    [3, '3'], [0.12345, '0.123'], [-12.34567, '-12.346'], [0.000_231_48, '0.000231'], [-0.012_34, '-0.0123'], [0, '0'],
  ])(
    'the number %f is %s', (value, text) => expect(decimal(value)).toBe(text))
})

describe('tables', () => {
  it('are plain columns, numbers to the right, nothing as a dash', () => {
    expect(table(rows, items, {wide: false, headers: true}, page)).toBe(
      'NAME  TOOK\nb     1.5s\na     20ms\nc        -\n',
    )
  })
  it('show wide columns, chosen columns, and no header when asked', () => {
    expect(table(rows, items.slice(0, 1), {wide: true, headers: false}, page)).toBe('b  1.5s  x,"y"\n')
    expect(table(rows, items.slice(0, 1), {wide: false, headers: true, columns: ['took', 'name']}, page)).toBe(
      'TOOK  NAME\n1.5s  b\n',
    )
  })
  it('align text of double width', () => {
    const wideText = view<{a: string; b: string}>('x', each => each.a, {a: each => each.a, b: each => each.b})
    expect(table(wideText, [{a: '日本', b: '1'}, {a: 'x', b: '2'}], {wide: false, headers: false}, page)).toBe(
      '日本  1\nx     2\n',
    )
  })
  it('shorten the least important column, never the first', () => {
    const three = view<string[]>('x', each => each[0]!, {
      id: each => each[0], long: {get: each => each[1], priority: 0}, kept: {get: each => each[2], priority: 5},
    })
    const text = table(
      three, [['0123456789abcdef', 'a very long text that has to go', 'kept as it is']], {wide: false, headers: false},
      narrow(50),
    )
    expect(text).toContain('0123456789abcdef')
    expect(text).toContain('kept as it is')
    expect(text).toContain('…')
    expect(textWidth(text.trimEnd())).toBeLessThanOrEqual(50)
  })
  it('leave out what has no room, the least important first, and tell', () => {
    const hidden: string[] = []
    const many = view<null>('x', () => 'x', {
      id: () => 'x'.repeat(20), a: {get: () => 'a'.repeat(12), priority: 3},
      b: {get: () => 'b'.repeat(12), priority: 2},
    })
    expect(table(many, [null], {wide: false, headers: false}, {...narrow(40), hidden})).toBe(
      `${'x'.repeat(20)}  ${'a'.repeat(12)}\n`,
    )
    expect(hidden).toEqual(['b'])
  })
  it('never let control characters through', () => {
    const evil = view<string>('x', each => each, {a: each => each, b: each => each})
    fc.assert(fc.property(fc.string({unit: 'binary'}), text => {
      const lines = table(evil, [text], {wide: false, headers: false}, page)
      // eslint-disable-next-line no-control-regex
      expect(lines.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
    }))
  })
  it('cut in the middle and never beyond the width', () => {
    expect(shorten('0123456789', 7)).toBe('012…789')
    fc.assert(fc.property(fc.string({unit: 'grapheme'}), fc.integer({min: 3, max: 20}), (text, width) => {
      expect(textWidth(shorten(text, width))).toBeLessThanOrEqual(Math.max(width, 3))
    }))
  })
  it('of one thing are names and values', () => {
    expect(card(rows, items[0]!, page)).toBe('name   b\ntook   1.5s\nextra  x,"y"\n')
  })
})

describe('a column that may be shortened although it matters', () => {
  const rows = view<{id: string; at: string; root: string}>('rows', each => each.id, {
    id: each => each.id, at: {get: each => each.at, priority: 3},
    root: {get: each => each.root, priority: 3.5, shortenTo: 8},
  })
  const item = {id: 'x'.repeat(10), at: '2026-11-21 10:00', root: 'checkout PlaceOrder now'}
  it.each([
    [100, 'xxxxxxxxxx  2026-11-21 10:00  checkout PlaceOrder now\n'],
    [44, 'xxxxxxxxxx  2026-11-21 10:00  checkou…er now\n'],
    [30, 'xxxxxxxxxx  checkout …rder now\n'],
  ])('in %i columns stays longer than its neighbour', (width, text) => {
    expect(table(rows, [item], {wide: false, headers: false}, {
      width, unicode: true, nowMs: 0, paint: (_tone, each) => each,
    })).toBe(text)
  })
})

describe('csv', () => {
  it('quotes, carries values and units', () => {
    expect(csv(rows, items, {headers: true})).toBe(
      'name,took_ms,extra\nb,1500,"x,""y"""\na,20,"x,""y"""\nc,,"x,""y"""\n',
    )
  })
})

describe('sorting', () => {
  it('goes by value, missing last both ways', () => {
    expect(sortItems(rows, items, 'took').map(each => each.name)).toEqual(['a', 'b', 'c'])
    expect(sortItems(rows, items, '-took').map(each => each.name)).toEqual(['b', 'a', 'c'])
  })
})

describe('yaml', () => {
  it('reads back the same, and shows no control character', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.string({unit: 'binary'})), value => {
      const text = toYaml(value)
      // eslint-disable-next-line no-control-regex
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
      expect(parse(text)).toEqual({...value})
    }))
  })
})

describe('bars', () => {
  it.each([
    [{fromMs: 0, toMs: 10}, '██████████'], [{fromMs: 5, toMs: 10}, '     █████'], [{fromMs: 0, toMs: 0.01}, '▏'],
    [{fromMs: 10, toMs: 10}, '         ▏'], [{fromMs: 2.5, toMs: 4.25}, '  █▊'], [{fromMs: -5, toMs: 50}, '██████████'],
  ])('%j', (part, text) => expect(bar(part, 10, 10, true)).toBe(text))
  it('in ASCII', () => expect(bar({fromMs: 5, toMs: 8}, 10, 10, false)).toBe('     ==='.padEnd(8)))
  it('never beyond their cells', () => {
    fc.assert(fc.property(fc.double({
      min: -10, max: 200, noNaN: true,
    }), fc.double({min: 0, max: 200, noNaN: true}), fc.integer({min: 1, max: 80}), (from, length, cells) => {
      expect(bar({fromMs: from, toMs: from + length}, 100, cells, true).length).toBeLessThanOrEqual(cells)
    }))
  })
  it.each([[989, [0, 200, 400, 600, 800]], [10, [0, 2, 4, 6, 8, 10]], [0, [0]]])('ticks of %f', (total, list) =>
    expect(ticks(total)).toEqual(list))
})

describe('differences', () => {
  it('keep what is the same and mark what is not', () => {
    expect(diffText({a: 1, b: 2}, {a: 1, b: 3}, page)).toBe('  {\n    "a": 1,\n-   "b": 2\n+   "b": 3\n  }')
    expect(diffText(undefined, {a: 1}, page)).toBe('+ {\n+   "a": 1\n+ }')
  })
})

describe('escapes', () => {
  it.each([
    ['a\u001b[31mb', 'a\\e[31mb'], ['x\ny', 'x\\ny'], ['\u009b5n', '\\u009b5n'], ['abc\u202egnp', 'abc\\u202egnp'],
    ['grün 日本', 'grün 日本'],
  ])('%j', (text, shown) =>
    expect(escapeControl(text)).toBe(shown))
})
