import {mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {runBin} from '../helpers/cli.ts'

let dir: string
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'opsdeck-ctl-audit-'))))
afterEach(() => rmSync(dir, {recursive: true}))

const log = () => join(dir, 'opsdeck', 'audit.jsonl')
const ctl = (words: string[], env: Record<string, string> = {}) =>
  runBin('ctl', words, {
    env: {
      OPSDECK_LEASES_URL: `sqlite:${join(dir, 'leases.db')}`,
      XDG_STATE_HOME: dir,
      OPSDECK_OPERATOR: 'tester',
      ...env,
    },
  })
const acquire = (key: string, env: Record<string, string> = {}) => ctl(['lease', 'acquire', key, '--ttl', '1m'], env)
const list = async (...words: string[]) => {
  const {stdout} = await ctl(['audit', 'list', '-o', 'json', ...words])
  return (JSON.parse(stdout) as {items: Record<string, unknown>[]}).items
}

describe('ctl audit', () => {
  test('lists changes with their outcome, filtered, the newest at the end', async () => {
    await acquire('a', {OPSDECK_REASON: 'first'})
    await acquire('b', {OPSDECK_OPERATOR: 'other'})
    await ctl(['lease', 'complete', 'a', '--holder', 'nobody'])
    const targets = async (...words: string[]) => (await list(...words)).map(each => each['target'])
    expect(await list()).toMatchObject([
      {
        target: 'a', action: 'acquire', outcome: 'done', operator: 'tester', reason: 'first', context: null,
        error: null,
      },
      {target: 'b', operator: 'other', reason: null, command: ['ctl', 'lease', 'acquire', 'b', '--ttl', '1m']},
    ])
    expect(await targets('--operator', 'other')).toEqual(['b'])
    expect(await targets('--command', 'lease acquire', '--target', 'a')).toEqual(['a'])
    expect(await targets('--in-context', 'prod')).toEqual([])
    expect(await targets('--outcome', 'unknown')).toEqual([])
    expect(await targets('--since', '1h')).toEqual(['a', 'b'])
    expect(await targets('--until', '1h')).toEqual([])
    expect(await targets('--limit', '1')).toEqual(['b'])
    expect(await ctl(['audit', 'list', '-o', 'name', '--limit', '1'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('the newest 1 of 2'),
    })
  })

  test('shows one with what was before and after, by the beginning of its id', async () => {
    await acquire('a')
    const [{id = ''} = {}] = (await list()) as {id?: string}[]
    const shown = await ctl(['audit', 'show', id.slice(0, 6)])
    expect(shown).toMatchObject({
      code: 0, stdout: expect.stringMatching(/outcome +done\n\n\+ \{\n\+ {3}"holderId": "ctl:tester@/),
    })
    expect((await ctl(['audit', 'show', 'last', '-o', 'json'])).stdout).toContain(id)
    expect((await ctl(['audit', 'show', 'nothing'])).code).toBe(2)
    await acquire('b')
    expect(await ctl(['audit', 'show', ''])).toMatchObject({
      code: 3, stderr: expect.stringContaining('2 changes begin'),
    })
  })

  test('says which lines are no records, and that a killed change is unknown', async () => {
    await acquire('a')
    const [started] = readFileSync(log(), 'utf8').split('\n')
    writeFileSync(log(), `${started}\n{"at":"2026`)
    const listed = await ctl(['audit', 'list', '-o', 'jsonl'])
    expect(JSON.parse(listed.stdout)).toMatchObject({outcome: 'unknown', endedAt: null})
    expect(listed.stderr).toMatch(/no records were left out: 1\n/)
  })

  test('of an account that changed nothing is empty', async () => {
    expect(await ctl(['audit', 'list'])).toMatchObject({
      code: 0, stdout: '', stderr: 'no such change from here is recorded\n',
    })
  })

  test('hides credentials of an address on the command line', async () => {
    await ctl(['lease', 'acquire', 'a', '--ttl', '1m', '--holder', 'http://me:hunter2@host/x'])
    expect(await list()).toMatchObject([{command: expect.arrayContaining(['http://[hidden]@host/x'])}])
  })
})

describe('where the audit is required and cannot be written', () => {
  test.each([
    [
      'the disk is full',
      () => {
        mkdirSync(join(dir, 'opsdeck'))
        symlinkSync('/dev/full', log())
      },
    ],
    ['its folder cannot be made', () => writeFileSync(join(dir, 'opsdeck'), '')],
    ['its file is a folder', () => void mkdirSync(log(), {recursive: true})],
  ])('%s: nothing is changed', async (_, prepare) => {
    prepare()
    const refused = await ctl(['lease', 'acquire', 'kept', '--ttl', '1m', '-o', 'json'], {OPSDECK_AUDIT: 'required'})
    expect(refused).toMatchObject({code: 12, stdout: ''})
    expect(JSON.parse(refused.stderr)).toMatchObject({
      code: 'AUDIT_REQUIRED',
      hint: expect.stringContaining('XDG_STATE_HOME'),
    })
    expect((await ctl(['lease', 'get', 'kept'])).code).toBe(2)
  })

  test('where it is not required, a warning is all', async () => {
    writeFileSync(join(dir, 'opsdeck'), '')
    expect(await acquire('warned')).toMatchObject({code: 0, stderr: expect.stringContaining('not in the audit log')})
  })
})
