import {describe, expect, it} from 'vitest'
import {frame} from '../../src/ui/frame.ts'
import {createControls, press} from '../../src/ui/controller.ts'
import {createSession} from '../../src/ui/session.ts'
import {snapshotText} from '../../src/ui/snapshot.ts'
import {runSpoken} from '../../src/ui/spoken.ts'
import {createStore} from '../../src/ui/store.ts'
import {theme} from '../../src/ui/theme.ts'
import {firstUi, type State} from '../../src/ui/ui-state.ts'
import {emptyWorld, failed, read, type World} from '../../src/ui/world.ts'
import {missingOf} from '../../src/ui/verdict.ts'
import {fakeSources} from './fake-sources.ts'
import {alerts, directive, directives, lease, leases, raft, rule, task, tasks} from './samples.ts'
import {trial} from './trial.ts'

/* What must be said when something is old, gone, partly missing or not allowed. */

const facts = {context: 'test', danger: false, readonly: false, version: '0'}
const at = (ms: number) => ({ms: Date.parse('2026-11-21T10:10:00Z') + ms, monotonicMs: ms})
const list = (['raft', 'leases', 'tasks', 'alerts', 'directives'] as const).map(name => ({name, intervalMs: 1_000, read: () => Promise.reject(new Error('none'))}))
const empty = (over = {}): World => emptyWorld({...facts, ...over}, list as never)
const draw = (world: World, nowMs: number, {colour = false, columns = 100, ui = {}} = {}) =>
  frame({world, ui: {...firstUi, ...ui}}, at(nowMs), {columns, rows: 30}, theme(colour, true))
const line = (lines: string[], start: string) => lines.find(each => each.replaceAll(/\u001b\[[\d;]*m/g, '').startsWith(start)) ?? ''

describe('a reading that gets old', () => {
  const held = read(empty(), 'leases', leases(lease({key: 'orders'})), at(0))
  it.each([
    [2_900, /LEASES .* 2s$/, false], [3_000, /LATE 3s$/, true], [9_000, /LATE 9s$/, true], [10_000, /STALE 10s$/, true],
  ])('after %i ms', (nowMs, title, isCounted) => {
    const lines = draw(held, nowMs)
    expect(line(lines, 'LEASES')).toMatch(title)
    expect(lines[0]!.includes('1 late')).toBe(isCounted)
  })

  it('is dimmed, so that nobody takes it for the state of now', () => {
    const holder = (nowMs: number) => line(draw(held, nowMs, {colour: true}), ' orders')
    expect(holder(1_000)).not.toContain('\u001b[2m orders')
    expect(holder(4_000).replaceAll('\u001b[0m', '')).toMatch(/\u001b\[2m.*orders/)
    expect(holder(4_000)).not.toMatch(/\u001b\[3[123]m/)
  })

  it('says nothing of being late while nothing is read on purpose', () => {
    expect(draw(held, 20_000, {ui: {paused: true}})[0]).toMatch(/PAUSED (?!.*late)/)
  })
})

describe('a system that is gone', () => {
  it('is in the header by name, and its panel says why beside the old rows', () => {
    const world = failed(read(empty(), 'leases', leases(lease({key: 'orders'})), at(0)), 'leases', 'refused', at(1_000))
    const lines = draw(world, 2_000)
    expect(lines[0]).toContain('DOWN: leases')
    const title = lines.findIndex(each => each.startsWith('LEASES'))
    expect(lines.slice(title + 1, title + 3).map(each => each.trim().split(' ')[0])).toEqual(['refused', 'orders'])
  })

  it('is said to have a leader by nobody', () => {
    const led = read(empty(), 'raft', raft({id: 2, term: 5n}), at(0))
    expect(draw(led, 1_000)[0]).toContain('leader 2 term 5')
    expect(draw(failed(led, 'raft', 'refused', at(1_000)), 2_000)[0]).not.toContain('leader')
    expect(draw(read(led, 'raft', raft(null), at(1_000)), 2_000)[0]).toContain('no leader')
  })
})

describe('a part that is missing', () => {
  const world = read(empty(), 'alerts', {...alerts(rule({name: 'a'})), missing: ['s1: refused']}, at(0))
  it('is counted on the panel', () => expect(line(draw(world, 1_000), 'ALERTS')).toContain('1 shards unknown'))
  it('is named in the plain picture', () => {
    const page = {width: Number.POSITIVE_INFINITY, unicode: true, nowMs: 0, paint: (_: string, text: string) => text}
    expect(snapshotText(world, page)).toContain('missing: s1: refused\n')
    expect(missingOf(world)).toContain('alerts: s1: refused')
  })
})

describe('owners', () => {
  const claims = tasks([
    task({task: 'idle-one', state: 'idle', staleAt: null}), task({task: 'good-one'}),
    task({task: 'stuck-one', state: 'stale', staleAt: '2026-11-21T10:05:00Z'}), task({task: 'twice-one', rows: 2}),
  ])
  it('stand with the worst first, and two rows of one task are said', () => {
    const lines = draw(read(empty(), 'tasks', claims, at(0)), 500)
    const place = (name: string) => lines.findIndex(each => each.includes(name))
    expect(place('stuck-one')).toBeLessThan(place('good-one'))
    expect(place('good-one')).toBeLessThan(place('idle-one'))
    expect(line(lines, ' twice-one')).toContain('2 ROWS')
    expect(line(lines, ' stuck-one')).toContain('STALE for 5m01s')
  })
  it('say in colour too that a lease ran out unfinished', () => {
    const expiresAt = '2026-11-21T10:09:00Z'
    const shown = (state: string) => line(draw(read(empty(), 'leases', leases(lease({key: 'orders', state, expiresAt})), at(0)), 0, {colour: true}), ' orders')
    for (const state of ['expired', 'held']) expect(shown(state)).toContain('\u001b[31mEXPIRED 1m00s ago')
    for (const state of ['completed', 'idle']) expect(shown(state)).toMatch(/over 1m00s ago(?!.*31m)/)
  })
  it('have the time that is left now, not the one that was left when it was read', () => {
    const world = read(empty(), 'directives', directives([directive({id: 'd', endsAtMs: at(60_000).ms, leftMs: 60_000})]), at(0))
    const shown = (nowMs: number) => {
      const store = createStore<State>({world, ui: firstUi})
      const shared = {store, now: () => at(nowMs), signal: new AbortController().signal}
      const session = createSession(fakeSources(), {...shared, sleep: () => new Promise(() => undefined), wanted: () => false})
      press(createControls({...shared, session, pageRows: () => 10, quit: () => undefined, copy: () => undefined}), '8')
      return frame(store.get(), at(nowMs), {columns: 100, rows: 20}, theme(false, true)).join('\n')
    }
    expect(shown(0)).toMatch(/60s|1m/)
    expect(shown(45_000)).toContain('15s')
  })
})

describe('a context marked as dangerous', () => {
  it('has a header that is so from one side to the other', () => {
    const header = draw(empty({danger: true}), 0, {colour: true})[0]!
    expect(header.replaceAll(/\u001b\[1;97;41m[^\u001b]*\u001b\[0m/g, '')).toBe('')
    expect(header).toContain('DANGER')
    expect(draw(empty(), 0, {colour: true})[0]).not.toContain('41m')
  })
})

describe('keys', () => {
  it('esc in a filter takes the filter away; enter keeps it', async () => {
    const {keys, list: screen} = trial()
    await keys('6', '/', 't', '-', '2', 'esc')
    expect(screen().filter).toBe('')
    await keys('/', 't', '-', '2', 'enter')
    expect(screen().filter).toBe('t-2')
  })

  it('ctrl-z shows what is wrong, and again everything', async () => {
    const {keys, text, update} = trial()
    update(world => read(world, 'tasks', tasks([task({task: 'well-1'}), task({task: 'stuck-1', state: 'stale'})]), {ms: 0, monotonicMs: 2_000}))
    await keys('6', 'ctrl-z')
    expect([text().includes('stuck-1'), text().includes('well-1'), text().includes('1 of 2')]).toEqual([true, false, true])
    await keys('ctrl-z')
    expect(text()).toContain('well-1')
  })

  it('publish nothing where nothing may be changed', async () => {
    const {keys, requests, text} = trial({readonly: true})
    await keys('8', 'n', 'a', 'enter')
    expect(requests).toEqual([])
    expect(text()).not.toContain('directive for tenant')
  })

  it('read again at once when something was changed', async () => {
    let reads = 0
    const source = {name: 'leases' as const, intervalMs: 1, read: async () => (reads += 1, leases())}
    const {keys} = trial({list: [source]})
    await keys('6', 'ctrl-d')
    expect(reads).toBe(0)
    await keys('y')
    await keys('down')
    expect(reads).toBe(1)
  })

  it('take no reason at all for no', async () => {
    const {keys, applied, text} = trial({typed: true})
    await keys('6', 'down', 'ctrl-d', 'enter')
    expect([applied, text().includes('not done')]).toEqual([[], true])
    await keys('ctrl-d', ' ', 'enter')
    expect([applied, text().includes('not done')]).toEqual([[], true])
  })
})

it('no text of a server reaches those who are read to as it is', async () => {
  const states = ['processing', 'processing', 'stale']
  const stop = new AbortController()
  let said = ''
  const source = {name: 'tasks' as const, intervalMs: 1, read: async () => tasks([task({task: '\u001b[2J\u202e', holder: 'x'.repeat(10_000), state: states.shift() ?? 'stale'})])}
  const ended = runSpoken({
    sources: fakeSources({list: [source]}), write: async text => void (said += text), now: () => at(0), unicode: true, signal: stop.signal,
    sleep: () => new Promise(resolve => setImmediate(resolve)),
  })
  while (!said.includes('stuck')) await new Promise(resolve => setImmediate(resolve))
  for (let looks = 0; looks < 10; looks += 1) await new Promise(resolve => setImmediate(resolve))
  stop.abort()
  await ended
  expect(said).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
  expect(Math.max(...said.split('\n').map(each => each.length))).toBeLessThan(500)
  expect(said.match(/task stuck/g)).toHaveLength(1)
})
