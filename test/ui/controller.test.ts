import {PassThrough} from 'node:stream'
import {describe, expect, it} from 'vitest'
import {keyNames} from '../../src/ui/ink-app.ts'
import {runLive} from '../../src/ui/live.ts'
import type {Sources} from '../../src/ui/sources.ts'
import {runSpoken} from '../../src/ui/spoken.ts'
import {read} from '../../src/ui/world.ts'
import {fakeSources} from './fake-sources.ts'
import {lease, leases, task, tasks} from './samples.ts'
import {now, trial} from './trial.ts'

describe('keys', () => {
  it('go to a screen, filter it, and come back', async () => {
    const {keys, text} = trial()
    await keys(':', 't', 'a', 's', 'tab', 'enter', '/', '-', '3')
    expect(text()).toContain('1 of 3  /-3')
    expect(text()).not.toContain('t-1')
    await keys('enter', 'esc')
    expect(text()).toContain('t-1')
    await keys('esc')
    expect(text()).not.toContain('> t-')
  })

  it('keep the cursor on its row when rows arrive above it, and on its place when it is gone', async () => {
    const {keys, text, update} = trial()
    await keys('6', 'down')
    expect(text()).toContain('> t-2')
    update(world => read(world, 'tasks', tasks(['a-0', 't-1', 't-2', 't-3'].map(name => task({task: name}))), now()))
    expect(text()).toContain('> t-2')
    update(world => read(world, 'tasks', tasks(['t-1', 't-3'].map(name => task({task: name}))), now()))
    expect(text()).toContain('> t-3')
  })

  it('sort, and turn it round', async () => {
    const {keys, text} = trial()
    await keys('6', 's', 'S')
    expect(text().indexOf('t-3')).toBeLessThan(text().indexOf('t-1'))
    expect(text()).toContain('TASK▼')
  })

  it('act only after y; anything else is no', async () => {
    const {keys, requests, applied, text} = trial()
    await keys('6', 'down', 'ctrl-d')
    expect(requests).toEqual([{kind: 'task fail', task: 't-2', holder: 'pod-a', claimedAt: '2026-11-21T10:00:00.000000Z'}])
    expect(text()).toContain('fail t-2? [y/N]')
    await keys('enter')
    expect([applied, text().includes('not done')]).toEqual([[], true])
    await keys('ctrl-d', 'y')
    expect(applied).toEqual([{confirm: '', reason: ''}])
    expect(text()).toContain('fail t-2: done')
  })

  it('ask for a reason and the typed name in a context marked as dangerous', async () => {
    const {keys, applied, text} = trial({typed: true})
    await keys('6', 'down', 'ctrl-d', 'y', 'enter', 't', '-', '1', 'enter')
    expect([applied, text().includes('not done')]).toEqual([[], true])
    await keys('ctrl-d', 'I', 'N', 'C', 'enter', 't', '-', '2', 'enter')
    expect(applied).toEqual([{confirm: 't-2', reason: 'INC'}])
  })

  it('do not even plan in a read-only context', async () => {
    const {keys, requests, text} = trial({readonly: true})
    await keys('6', 'ctrl-d', '7', 'ctrl-d')
    expect(requests).toEqual([])
    await keys('6', 'ctrl-d')
    expect(text()).toContain('read-only')
  })

  it('copy, show the command, describe, save and say what failed', async () => {
    const {keys, text, copied, saved} = trial()
    await keys('6', 'c', '!')
    expect(copied).toEqual(['t-1'])
    expect(text()).toContain('ctl task get t-1 -c test')
    await keys('ctrl-s')
    expect(saved[0]).toMatch(/^tasks {\n  "items"/)
    await keys('enter')
    expect(text()).toContain('t-1  gone')
    await keys('esc', 'd')
    expect(text()).toContain('holder     pod-a')
    await keys('esc', '?')
    expect(text()).toContain('the keys of this screen')
    await keys('q')
    expect(copied).toContain('quit')
  })

  it('acknowledge one event or all', async () => {
    const {keys, text, update} = trial()
    for (const state of ['processing', 'stale'] as const) update(world => read(world, 'tasks', tasks([task({task: 't', state})]), now()))
    await keys('0')
    expect(text()).toContain('1 new of 1')
    await keys('a')
    expect(text()).toContain('0 new of 1')
  })
})

it.each([
  ['', {upArrow: true}, ['up']], ['', {return: true}, ['enter']], ['c', {ctrl: true}, ['ctrl-c']], ['jj', {}, ['j', 'j']], ['\u001b', {}, []], ['é', {}, ['é']],
  [':wal\r', {}, [':', 'w', 'a', 'l', 'enter']],
  ['ab\u007f\t\u001b', {}, ['a', 'b', 'backspace', 'tab']],
])('names the key %j %j', (input, key, names) => expect(keyNames(input, key)).toEqual(names))

interface FakeTerminal {
  stdout: NodeJS.WriteStream
  stdin: NodeJS.ReadStream
  written: string[]
  type(text: string): void
}

function fakeTerminal(): FakeTerminal {
  const written: string[] = []
  const stdout = Object.assign(new PassThrough(), {columns: 100, rows: 30, isTTY: true})
  stdout.on('data', chunk => written.push(String(chunk)))
  const stdin = Object.assign(new PassThrough(), {isTTY: true, setRawMode: () => stdin, ref: () => stdin, unref: () => stdin})
  return {stdout: stdout as never, stdin: stdin as never, written, type: text => void stdin.write(text)}
}

const sourcesOf = (list: Sources['list']) => fakeSources({list})
const sleep = (ms: number, signal: AbortSignal) => new Promise<void>((resolve, reject) => {
  const timer = setTimeout(resolve, ms)
  signal.addEventListener('abort', () => {
    clearTimeout(timer)
    reject(new Error('stopped'))
  })
})
const until = async (is: () => boolean) => {
  while (!is()) await new Promise(resolve => setTimeout(resolve, 10))
}

describe('on a terminal', () => {
  const held = {name: 'leases' as const, intervalMs: 20, read: async () => leases(lease({key: 'orders'}))}

  it('draws what is read, follows keys, and leaves the terminal as it was', async () => {
    const {written, type, ...streams} = fakeTerminal()
    const clock = () => ({ms: Date.now(), monotonicMs: performance.now()})
    const ended = runLive({...streams, sources: sourcesOf([held]), now: clock, sleep, colour: false, unicode: true, signal: new AbortController().signal})
    await until(() => written.join('').includes('orders'))
    type('7')
    await until(() => written.join('').includes('> orders'))
    type('q')
    await ended
    const all = written.join('')
    expect(all.indexOf('\u001b[?7l')).toBeLessThan(all.indexOf('\u001b[?7h'))
    expect(all.lastIndexOf('\u001b[?1049h')).toBeLessThan(all.lastIndexOf('\u001b[?1049l'))
    expect(all.lastIndexOf('\u001b[?25l')).toBeLessThan(all.lastIndexOf('\u001b[?25h'))
  })

  it('ends when it is told to', async () => {
    const {written, type: _, ...streams} = fakeTerminal()
    const stop = new AbortController()
    const ended = runLive({...streams, sources: sourcesOf([held]), now, sleep, colour: false, unicode: true, signal: stop.signal})
    await until(() => written.join('').includes('LEASES'))
    stop.abort()
    await ended
    expect(written.join('')).toContain('\u001b[?7h')
  })
})

it('tells each event in a line of its own to those who cannot use a screen', async () => {
  const states = ['processing', 'processing', 'stale']
  const stop = new AbortController()
  let said = ''
  const source = {name: 'tasks' as const, intervalMs: 5, read: async () => tasks([task({task: 'rollup', state: states.shift() ?? 'stale'})])}
  const ended = runSpoken({sources: sourcesOf([source]), write: async text => void (said += text), now, sleep, unicode: true, signal: stop.signal})
  await until(() => said.includes('stuck'))
  stop.abort()
  await ended
  expect(said).toMatch(/^watching tasks of context test; Ctrl-C ends it\ntasks: 1 read, \d with faults\n\d\d:\d\d:\d\d task stuck: rollup: .*\n$/)
})
