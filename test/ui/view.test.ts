import stringWidth from 'string-width'
import {describe, expect, it} from 'vitest'
import {complete, parseCommand} from '../../src/ui/commands.ts'
import {parseFilter} from '../../src/ui/filter.ts'
import {frame} from '../../src/ui/frame.ts'
import {helpLines, keyFor, keys, keysOf} from '../../src/ui/keys.ts'
import {allot, shapeOf, windowTop} from '../../src/ui/layout.ts'
import {fit} from '../../src/ui/line.ts'
import {countdown, shortAge} from '../../src/ui/panels/panel.ts'
import {resources} from '../../src/ui/resources.ts'
import {sparkline, theme} from '../../src/ui/theme.ts'
import {firstUi, listScreen, overview, textScreen, type Screen, type State} from '../../src/ui/ui-state.ts'
import {emptyWorld, failed, read, type World} from '../../src/ui/world.ts'
import {alerts, directive, directives, group, lease, leases, raft, rule, shardNode, shards, task, tasks} from './samples.ts'

const now = {ms: Date.parse('2026-11-21T10:10:00Z'), monotonicMs: 10_000}
const facts = {context: 'prod', danger: true, readonly: false, version: '1'}
const sources = (['raft', 'shards', 'tasks', 'leases', 'directives', 'alerts'] as const).map(name => ({name, intervalMs: 1_000, read: () => Promise.reject(new Error())}))
const hostile = ['\u001b[2J\u001b[H', 'a\nb\rc\td', '日本語のとても長い名前がここにあります', `e${'\u0301'.repeat(500)}`, 'x'.repeat(10_000), '👩‍👩‍👧‍👦👩‍👩‍👧‍👦', '\u202eright-to-left', 'שלום עולם']

function world(names: readonly string[]): World {
  const first = emptyWorld(facts, sources as never)
  const filled = [
    (so: World) => read(so, 'raft', raft({id: 2, term: 5n}, [3]), now),
    (so: World) => read(so, 'shards', shards(names.map((name, at) => shardNode({url: `http://${name}:${at}`, shard: name, nodeId: name, error: name})), names.map(shard => group({shard, verdict: 'split', leader: null}))), now),
    (so: World) => read(so, 'tasks', tasks(names.map(name => task({task: name, holder: name}))), now),
    (so: World) => read(so, 'leases', leases(...names.map(key => lease({key, holder: key, completedCursorHex: key, completedAt: '2026-11-21T10:00:00Z'}))), now),
    (so: World) => read(so, 'directives', {...directives(names.map(id => directive({id, tenant: id, endsAtMs: now.ms + 60_000}))), notices: [...names]}, now),
    (so: World) => read(so, 'alerts', alerts(...names.map(name => rule({name, shard: name, query: name, state: 'firing'}))), now),
  ].reduce((so, step) => step(so), first)
  return names.reduce((so, name) => failed(read(so, 'raft', raft(null), now), 'raft', name, now), filled)
}

const stateOf = (screen: Screen, names: readonly string[] = ['orders', 'billing']): State => ({world: world(names), ui: {...firstUi, stack: [overview, screen]}})
const bare = (line: string) => line.replace(/\u001b\[[0-9;]*m/g, '')

describe('a frame', () => {
  const screens: Screen[] = [overview, ...resources.map(({name}) => listScreen(name)), textScreen('t', hostile), {kind: 'trace', traceId: 't', index: 0, top: 0, error: hostile[0]}]
  const sizes = [[200, 50], [120, 40], [80, 24], [40, 12], [300, 80], [39, 7], [1, 1]] as const
  it.each(sizes.flatMap(([columns, rows]) => [true, false].map(unicode => ({columns, rows, unicode}))))(
    'of $columns x $rows (unicode $unicode) is never wider or higher than the terminal, whatever servers sent', ({columns, rows, unicode}) => {
      for (const screen of screens) {
        const lines = frame(stateOf(screen, hostile), now, {columns, rows}, theme(true, unicode))
        expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1))
        for (const line of lines) {
          expect(stringWidth(bare(line))).toBeLessThanOrEqual(columns)
          expect(bare(line)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
          if (!unicode) expect(bare(line)).toMatch(/^[\x20-\x7e]*$/)
        }
      }
    })

  it('has no escape at all without colour, and says by words what colour says', () => {
    const text = frame(stateOf(overview), now, {columns: 120, rows: 40}, theme(false, true)).join('\n')
    expect(text).not.toContain('\u001b')
    expect(text).toContain('DANGER')
    expect(text).toContain('DOWN: raft')
    expect(text).toContain('SPLIT')
    expect(text).toContain('2 FIRING')
    expect(text).toContain('stale in 20m00s')
    expect(text).toContain('1m00s left')
  })

  it('shows the last good reading of a system that is gone, with its age and why', () => {
    const first = read(emptyWorld(facts, sources as never), 'leases', leases(lease({key: 'orders'})), {ms: 0, monotonicMs: 0})
    const gone = failed(first, 'leases', 'nothing listens there', {ms: 0, monotonicMs: 7_000})
    const lines = frame({world: gone, ui: firstUi}, now, {columns: 100, rows: 30}, theme(false, true))
    const at = lines.findIndex(line => line.startsWith('LEASES'))
    expect(lines[at]).toMatch(/DOWN, data 10s old$/)
    expect(lines.slice(at + 1, at + 3).join('\n')).toMatch(/nothing listens there[^]*orders/)
  })

  it('is one line of status where nothing else fits', () => {
    expect(frame(stateOf(overview), now, {columns: 39, rows: 10}, theme(false, true))).toEqual(['prod DOWN raft 2 firing 10:10:00'])
  })
})

describe('layout', () => {
  it.each([[39, 20, 'line'], [80, 7, 'line'], [40, 8, 'keys'], [79, 24, 'keys'], [80, 24, 'one'], [119, 24, 'one'], [120, 24, 'two'], [300, 80, 'two']] as const)(
    '%i x %i is %s', (columns, rows, shape) => expect(shapeOf({columns, rows})).toBe(shape))
  it.each([
    [10, [3, 3, 3], [3, 3, 3]], [5, [3, 3, 3], [2, 2, 1]], [2, [3, 3, 3], [1, 1, 0]], [20, [2, 9, 30], [2, 9, 9]], [0, [1], [0]], [4, [], []],
  ])('%i lines for %j are %j', (total, demands, given) => expect(allot(total, demands)).toEqual(given))
  it.each([[0, 3, 3, 10, 1], [0, 5, 3, 10, 3], [5, 2, 3, 10, 2], [9, 9, 3, 10, 7], [4, 5, 3, 10, 4], [8, 0, 5, 3, 0]])(
    'top %i, cursor %i, height %i of %i scrolls to %i', (top, cursor, height, length, expected) => expect(windowTop(top, cursor, height, length)).toBe(expected))
})

describe('texts', () => {
  it.each([
    ['plain', 10, 'plain'], ['much too long', 6, 'much …'], ['a\u001bb', 10, 'a\\eb'], ['日本語', 5, '日本…'], ['日本語', 6, '日本語'], ['日本語', 4, '日…'], ['x', 0, ''],
    [`e${'\u0301'.repeat(50)}!`, 10, '\ufffd!'],
  ])('%j in %i cells is %j', (raw, width, shown) => expect(fit(raw, width)).toBe(shown))
  it('in ASCII keeps the width', () => expect(fit('日本x', 10, false)).toBe('????x'))
  it.each([[0, '0s'], [59_999, '59s'], [60_000, '1m'], [7_200_000, '2h']])('the age %i is %s', (ms, text) => expect(shortAge(ms)).toBe(text))
  it.each([[1, '1s'], [59_000, '59s'], [61_000, '1m01s'], [3_660_000, '1h01m'], [-5_000, '5s']])('%i is left as %s', (ms, text) => expect(countdown(ms)).toBe(text))
  it('draws latencies, and where there was no answer', () => {
    expect(sparkline([1, null, 8], 10, true)).toBe('▁×█')
    expect(sparkline([1, null, 8], 2, false)).toBe('x#')
  })
})

describe('keys', () => {
  const screens: Screen[] = [overview, ...resources.map(({name}) => listScreen(name)), textScreen('t', []), {kind: 'trace', traceId: 't', index: 0, top: 0}]
  it('mean one thing on each screen, and help has every one of them', () => {
    for (const screen of screens) {
      const pressed = keysOf(screen).flatMap(key => key.keys)
      expect(new Set(pressed).size).toBe(pressed.length)
      expect(helpLines(screen)).toHaveLength(keysOf(screen).length)
    }
  })
  it('has a key for every action of a resource', () => {
    for (const {name, actions} of resources) for (const {key} of actions) expect(keyFor(listScreen(name), key)?.act).toBe('act')
  })
  it('names the resources of the digits in their order', () => {
    expect(keys.find(key => key.act === 'jump')!.does).toBe(resources.slice(0, 9).map(({name}) => name).join(', '))
  })
})

describe('the command line', () => {
  it.each([
    ['tasks', {kind: 'list', resource: 'tasks', filter: ''}], ['ta', {kind: 'list', resource: 'tasks', filter: ''}],
    ['traces /checkout', {kind: 'list', resource: 'traces', filter: 'checkout'}], ['Q', {kind: 'quit'}], ['home', {kind: 'overview'}], ['', undefined],
    ['kv /app/', {kind: 'list', resource: 'kv', filter: '', own: {kind: 'kv', prefix: '/app/'}}], ['ctx  prod', {kind: 'context', name: 'prod'}],
    ['nothing', {kind: 'unknown', word: 'nothing'}], ['constructor', {kind: 'unknown', word: 'constructor'}],
  ])(':%s', (line, command) => expect(parseCommand(line)).toEqual(command))
  it.each([['ta', 'tasks', 0], ['l', 'l', 2], ['a', 'a', 2], ['zz', 'zz', 0], ['tasks x', 'tasks x', 0]])(
    'completes %s to %s', (text, longer, options) => expect([complete(text).text, complete(text).options.length]).toEqual([longer, options]))
  it.each([['ORD', 'orders', true], ['[A', 'x[a', true], ['[a', 'x[A', true], ['ord', 'orders', true], ['!ord', 'orders', false], ['-f odr', 'orders', true], ['-f rdo', 'orders', false], ['[', 'a[b', true], ['^o.*s$', 'orders', true]])(
    'filter %s on %s', (filter, text, passes) => expect(parseFilter(filter)!(text)).toBe(passes))
})

describe('the header', () => {
  const list = [
    {name: 'raft' as const, intervalMs: 1_000, read: () => Promise.reject(new Error())},
    {name: 'wal' as const, intervalMs: 500, onDemand: true, read: () => Promise.reject(new Error())},
  ]
  const first = read(emptyWorld(facts, list), 'raft', raft({id: 2, term: 5n}), {ms: 0, monotonicMs: 9_500})
  const header = (world: World, screen: Screen = overview, columns = 100) =>
    frame({world, ui: {...firstUi, stack: [overview, screen]}}, now, {columns, rows: 24}, theme(false, true))[0]

  it('names no leader that nobody can be asked about', () => {
    expect(header(first)).toContain('leader 2 term 5')
    const gone = failed(first, 'raft', 'no node answers', now)
    expect(header(gone)).toContain('DOWN: raft')
    expect(header(gone)).not.toContain('leader')
    expect(frame({world: gone, ui: firstUi}, now, {columns: 39, rows: 10}, theme(false, true))[0]).not.toMatch(/L2|NO LEADER/)
  })

  it('says nothing of a source that is read only while it is shown, when it is not', () => {
    const wal = {items: [], missing: [], path: '/wal', sinceMs: 0}
    const left = read(first, 'wal', wal, {ms: 0, monotonicMs: 0})
    expect([header(left), header(left, listScreen('wal'))]).toEqual([expect.not.stringContaining('late'), expect.stringContaining('1 late')])
    const broken = failed(left, 'wal', 'no such folder', now)
    expect([header(broken), header(broken, listScreen('wal'))]).toEqual([expect.not.stringContaining('DOWN'), expect.stringContaining('DOWN: wal')])
  })

  it('keeps the leader at 40 columns, where the version gives way', () => {
    expect(header(first, overview, 40)).toMatch(/leader 2 term 5 .*10:10:00Z$/)
  })
})
