import {mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {PassThrough} from 'node:stream'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {applyChange, dryRunText, type ApplyPolicy} from '../../src/cli/apply.ts'
import type {Io} from '../../src/cli/io.ts'
import type {Change, Outcome} from '../../src/clients/net/change.ts'
import {ConflictError, UnreachableError} from '../../src/clients/net/errors.ts'

let home: string
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'opsdeck-apply-'))))
afterEach(() => rmSync(home, {recursive: true, force: true}))

function fakeIo({tty = false, input = ''} = {}): Io & {said: () => string} {
  const stderr = Object.assign(new PassThrough(), {isTTY: tty})
  const stdin = Object.assign(new PassThrough(), {isTTY: tty})
  stdin.end(input)
  let said = ''
  stderr.on('data', chunk => void (said += String(chunk)))
  return {
    env: {XDG_STATE_HOME: home}, stderr, stdin, stdout: new PassThrough(), homeDir: home, pid: 1, random: () => 0,
    clock: {nowMs: () => 1_780_000_000_000, monotonicMs: () => 0, sleep: async () => undefined}, said: () => said,
  } as unknown as Io & {said: () => string}
}

let applied: number
const change = (extra: Partial<Change<string>> = {}, outcome: Outcome<string> = {
  state: 'done', result: 'new',
}): Change<string> => ({
  system: 'tasks', action: 'claim', target: 'nightly', before: {status: 'idle'}, after: {status: 'held'}, ifVersion: 7,
  request: 'PUT 0008.json', warnings: [], destructive: false,
  apply: async () => {
    applied += 1
    return outcome
  },
  ...extra,
})
const policy = (extra: Partial<ApplyPolicy> = {}): ApplyPolicy => ({
  contextName: 'prod', danger: false, readonly: false, auditRequired: false, yes: false, confirm: undefined,
  reason: undefined,
  argv: ['ctl', 'task', 'claim', 'nightly'], ...extra,
})
const go = (io: Io, what: Change<string>, how: ApplyPolicy) => applyChange(io, what, how, new AbortController().signal)
const audit = () => readFileSync(join(home, 'opsdeck/audit.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Record<string, unknown>)

beforeEach(() => void (applied = 0))

describe('policy comes first', () => {
  it.each([
    ['read-only', {readonly: true}, {}, 'READ_ONLY'],
    ['a dangerous context without a reason', {danger: true}, {}, 'REASON_REQUIRED'],
    ['destructive, nobody to ask', {}, {destructive: true}, 'NOT_CONFIRMED'],
    ['dangerous, where --yes is not enough', {danger: true, reason: 'x', yes: true}, {}, 'NOT_CONFIRMED'],
    ['the wrong name', {confirm: 'weekly'}, {destructive: true}, 'REFUSED'],
  ])('%s is refused with 12 and nothing is written', async (_, how, what, code) => {
    await expect(go(fakeIo(), change(what), policy(how))).rejects.toMatchObject({exit: 12, code})
    expect(applied).toBe(0)
  })

  it.each([
    ['harmless', {}, {}, ''],
    ['--yes', {yes: true}, {destructive: true}, ''],
    ['the right name', {confirm: 'nightly', danger: true, reason: 'x'}, {destructive: true}, ''],
    ['typed yes', {}, {destructive: true}, 'y\n'],
    ['the typed name', {danger: true, reason: 'x'}, {destructive: true}, 'nightly\n'],
  ])('%s goes through', async (_, how, what, input) => {
    expect(await go(fakeIo({tty: input !== '', input}), change(what), policy(how))).toBe('new')
    expect(applied).toBe(1)
  })

  it.each([['\n'], ['n\n'], [''], ['yes please\n']])('%j at the question is no', async input => {
    await expect(go(fakeIo({tty: true, input}), change({destructive: true}), policy())).rejects.toMatchObject({
      exit: 12,
    })
    expect(applied).toBe(0)
  })
})

describe('outcomes', () => {
  it('not done is the client\'s error', async () => {
    const error = new ConflictError('held by other')
    await expect(go(fakeIo(), change({}, {state: 'not-done', error}), policy())).rejects.toBe(error)
    expect(audit().map(each => each['outcome'])).toEqual(['started', 'not-done'])
  })
  it('unknown says so, with what was found, and is never reported as failed', async () => {
    const error = new UnreachableError('no answer')
    await expect(go(fakeIo(), change({}, {state: 'unknown', error, found: {status: 'held'}}), policy()))
      .rejects.toMatchObject({code: 'OUTCOME_UNKNOWN', exit: 4, details: {found: {status: 'held'}}})
    expect(audit().at(-1)).toMatchObject({outcome: 'unknown', error: 'no answer'})
  })
  it('a fault of our own in the middle is unknown as well', async () => {
    await expect(
      go(fakeIo(), change({apply: async () => { throw new TypeError('oops') }}), policy()),
    ).rejects.toMatchObject({code: 'OUTCOME_UNKNOWN'})
  })
})

describe('the audit log', () => {
  it('has who, where, what, before and after, and is private', async () => {
    await go(fakeIo(), change(), policy({reason: 'stuck since 3'}))
    expect(audit()).toMatchObject([
      {
        outcome: 'started', context: 'prod', target: 'nightly', reason: 'stuck since 3', before: {status: 'idle'},
        after: {status: 'held'}, ifVersion: '7',
      },
      {outcome: 'done'},
    ])
    expect(audit()[0]!['id']).toBe(audit()[1]!['id'])
    expect(statSync(join(home, 'opsdeck/audit.jsonl')).mode & 0o777).toBe(0o600)
  })
  it('that cannot be written warns, or blocks where it is required', async () => {
    writeFileSync(join(home, 'opsdeck'), 'a file in the way')
    const io = fakeIo()
    expect(await go(io, change(), policy())).toBe('new')
    expect(io.said()).toContain('not in the audit log')
    await expect(go(fakeIo(), change(), policy({auditRequired: true}))).rejects.toMatchObject({
      code: 'AUDIT_REQUIRED', exit: 12,
    })
    expect(applied).toBe(1)
  })
})

describe('dry run', () => {
  it('shows the request, its condition and the difference', () => {
    expect(dryRunText(change(), {width: 80, unicode: true, nowMs: 0, paint: (_, text) => text})).toBe(
      'claim nightly (only if the version is still 7; nothing was written)\n  PUT 0008.json\n  {\n-   "status": "idle"\n+   "status": "held"\n  }\n')
  })
})
