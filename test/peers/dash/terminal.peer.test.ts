import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, it} from 'vitest'
import {parts} from '../../../src/sandbox/parts.ts'
import {startSandbox, type Sandbox} from '../../../src/sandbox/sandbox.ts'
import {openTerminal, type Terminal} from './terminal.ts'

/* The dashboard in a real terminal (tmux), on the sandbox. */

let dir: string
let sandbox: Sandbox
let env: Record<string, string>
let terminal: Terminal | undefined

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'opsdeck-dash-terminal-'))
  sandbox = await startSandbox(parts, {dir, nowMs: () => Date.now(), hide: []})
  const config = join(dir, 'config.yaml')
  const contexts = {sandbox: sandbox.context, guarded: {...sandbox.context, danger: true}}
  writeFileSync(config, JSON.stringify({current: 'sandbox', contexts}), {mode: 0o600})
  env = {OPSDECK_CONFIG: config, XDG_STATE_HOME: join(dir, 'state'), XDG_CACHE_HOME: join(dir, 'cache')}
})
afterEach(() => terminal?.close())
afterAll(async () => {
  await sandbox?.stop()
  rmSync(dir, {recursive: true, force: true, maxRetries: 5})
})

const isRead = (lines: string[]) => lines.some(line => /SHARDS +4\/4 up/.test(line)) && lines.some(line => /TASKS .*of 5/.test(line))
const open = async (options: Parameters<typeof openTerminal>[1] = {}, words = ['dash']) => {
  terminal = await openTerminal(words, {...options, env: {...env, ...options.env}})
  await terminal.until(isRead, 'everything is read')
  return terminal
}
const ended = (lines: string[]) => lines.some(line => /^ended with \d+/.test(line))

describe('the screen', () => {
  it.each([[200, 50], [120, 40], [80, 24], [40, 12]])('%i x %i: every panel has its line, nothing is wrapped or left over', async (columns, rows) => {
    const {screen} = await open({columns, rows})
    const lines = screen()
    expect(lines[0]).toMatch(/^ sandbox .*:\d\dZ( opsdeck|$)/)
    for (const title of ['SHARDS', 'TASKS', 'ALERTS', 'DIRECTIVES', 'ERRORS', 'EVENTS']) {
      expect(lines.filter(line => line.split(/ │ ?/).some(half => half.startsWith(title)))).toHaveLength(1)
    }
    expect(lines.some(line => line.startsWith('? keys'))).toBe(true)
  })

  it('keeps its place and its cursor through every size, down to one line and back', async () => {
    const at = await open({columns: 120, rows: 40})
    await at.keys('6', 'Down', 'Down')
    const row = at.screen().find(line => line.startsWith('> '))!.split(' ')[1]!
    for (const [columns, rows] of [[40, 12], [200, 50], [30, 5], [80, 24]] as const) {
      at.resize(columns, rows)
      await at.until(lines => (columns < 40 ? /^sandbox/.test(lines[0]!) : lines.filter(line => line.startsWith('> ')).length === 1 && lines.filter(line => line.startsWith('TASKS')).length === 1),
        `${columns} x ${rows}`)
    }
    expect(at.screen().find(line => line.startsWith('> '))).toContain(row.slice(0, 6))
  })

  it('writes little while nothing happens', async () => {
    const at = await open()
    await new Promise(resolve => setTimeout(resolve, 2_000))
    const before = at.bytes()
    await new Promise(resolve => setTimeout(resolve, 5_000))
    const each = (at.bytes() - before) / 5
    console.log(`${Math.round(each)} bytes a second at rest`)
    expect(each).toBeLessThan(4_000)
  })

  it('is plain ASCII without colour where the terminal is', async () => {
    const at = await open({env: {LC_ALL: 'C', NO_COLOR: '1'}})
    expect(at.screen().join('')).toMatch(/^[\x20-\x7e]*$/)
  })

  it('tells lines instead for a screen reader', async () => {
    terminal = await openTerminal(['dash'], {env: {...env, ACCESSIBLE: '1'}})
    await terminal.until(lines => lines.some(line => /^tasks: 5 read/.test(line)), 'the tasks are told')
    expect(terminal.flags().otherScreen).toBe(false)
  })
})

describe('drill-down and actions', () => {
  it('goes from the traces to a waterfall, to a span, and back', async () => {
    const at = await open()
    await at.keys('1')
    await at.until(lines => lines.some(line => /^TRACES +\d+/.test(line)) && lines.some(line => line.startsWith('> ')), 'the traces are there')
    await at.keys('Enter')
    await at.until(lines => /^trace [0-9a-f]{32} +\d+ spans/.test(lines[1]!) && lines.some(line => line.startsWith('> ')), 'the waterfall is there')
    await at.keys('Enter')
    await at.until(lines => lines.some(line => line.startsWith('spanId')), 'the span is described')
    await at.keys('Escape')
    await at.until(lines => /^trace /.test(lines[1]!), 'back at the waterfall')
  })

  it('asks before it writes, takes enter for no, and does it after y, with a record in the audit log', async () => {
    const at = await open()
    await at.keys('6', '/', 'm', 'e', 't', 'r', 'i', 'c', 'Enter', 'C-d')
    await at.until(lines => lines.some(line => /^fail metric_compact\? \[y\/N\]/.test(line)), 'it asks')
    await at.keys('Enter')
    await at.until(lines => lines.some(line => /not done/.test(line)), 'enter is no')
    await at.keys('C-d')
    await at.until(lines => lines.some(line => /^fail metric_compact\? \[y\/N\]/.test(line)), 'it asks again')
    await at.keys('y')
    await at.until(lines => lines.some(line => /fail metric_compact: done/.test(line)), 'it is done')
    await at.until(lines => lines.some(line => /> metric_compact +(due|idle)/.test(line)), 'and is seen')
    const audit = readFileSync(join(dir, 'state', 'opsdeck', 'audit.jsonl'), 'utf8').trim().split('\n').map(line => JSON.parse(line) as {target: string; outcome: string})
    expect(audit.map(({target, outcome}) => `${target} ${outcome}`)).toEqual(['metric_compact started', 'metric_compact done'])
  })

  it('shows a context marked as dangerous as such, and asks there for a reason and the name', async () => {
    const at = await open({}, ['dash', '-c', 'guarded'])
    expect(at.screen()[0]).toContain('DANGER')
    await at.keys('6', '/', 'r', 'e', 't', 'e', 'n', 'Enter', 'C-d')
    await at.until(lines => lines.some(line => line.startsWith('reason:')), 'it asks why')
    await at.keys('y', 'Enter')
    await at.until(lines => lines.some(line => line.startsWith('name:')), 'it asks for the name')
    await at.keys('y', 'Enter')
    await at.until(lines => lines.some(line => /not done/.test(line)), 'a y is not the name')
  })
})

describe('the terminal is as before', () => {
  const press = (key: string) => (at: Terminal): Promise<void> => at.keys(key)
  const signal = (name: NodeJS.Signals) => async (at: Terminal): Promise<void> => void process.kill(at.pid(), name)
  it.each([
    ['q', press('q'), 0], ['ctrl-c', press('C-c'), 0], ['kill -TERM', signal('SIGTERM'), 143], ['kill -HUP', signal('SIGHUP'), 129], ['kill -INT', signal('SIGINT'), 130],
  ] as const)('after %s', async (_, end, code) => {
    const at = await open()
    expect(at.flags()).toEqual({otherScreen: true, cursor: false, wrap: false})
    await end(at)
    await at.until(ended, 'it ended')
    expect(at.screen().some(line => line === `ended with ${code}`)).toBe(true)
    expect(at.flags()).toEqual({otherScreen: false, cursor: true, wrap: true})
  })

  it('and a process whose terminal is lost ends', async () => {
    const at = await open()
    const pid = at.pid()
    at.close()
    const isGone = (): boolean => {
      try {
        process.kill(pid, 0)
        return false
      } catch {
        return true
      }
    }
    for (let waited = 0; waited < 10_000 && !isGone(); waited += 50) await new Promise(resolve => setTimeout(resolve, 50))
    expect(isGone()).toBe(true)
  })
})
