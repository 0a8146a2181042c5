import {
  chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync,
  utimesSync, writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {systemClock} from '../../src/clients/net/deadline.ts'
import {editConfig} from '../../src/cli/context/edit.ts'
import {takeLock} from '../../src/cli/context/lock.ts'
import {contextProblems, parseAssignment} from '../../src/cli/context/keys.ts'
import {runBin} from '../helpers/cli.ts'

let dir: string
let path: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'opsdeck-context-'))
  path = join(dir, 'opsdeck', 'config.yaml')
})
afterEach(() => rmSync(dir, {recursive: true, force: true}))

const ctl = (...args: string[]) => runBin('ctl', args, {env: {OPSDECK_CONFIG: path, HIDDEN: 'hunter2'}})
const tools = {clock: systemClock, random: Math.random, pid: process.pid}

describe('assignments', () => {
  it.each([
    ['tael.url=http://h', {path: ['tael', 'url'], value: 'http://h'}],
    ['raft.endpoints.1=a:1', {path: ['raft', 'endpoints', '1'], value: 'a:1'}],
    ['raft.ttl=true', {path: ['raft', 'ttl'], value: true}],
    ['tael.groups.a=http://x, http://y', {path: ['tael', 'groups', 'a'], value: ['http://x', 'http://y']}],
    ['tael.apiKey=env://K', {path: ['tael', 'apiKey'], value: 'env://K'}],
    ['tael.url=', {path: ['tael', 'url'], value: undefined}],
    ['tasks.uri=s3://b/p?x=y', {path: ['tasks', 'uri'], value: 's3://b/p?x=y'}],
  ])('%s', (text, wanted) => expect(parseAssignment(text)).toEqual(wanted))
  it.each([['tael'], ['=x'], ['tael.urll=x'], ['raft.ttl=maybe'], [
    'tael.apiKey=hunter2',
  ], ['raft.endpoints=x'], ['nosuch.url=x'], ['leases.url=nats://bob:hunter2@h'], ['audit=requird'],
    ['tael.url=nonsense'], ['tael.shards.a=ftp://h'], ['tael.groups.a=http://x,y'], ['leases.url=http://h'],
    ['raft.endpoints.1=host'],
    ['artifacts.url=gs://b'], ['tasks.uri=gs://b/p'], ['directives.maxTtl=soon'],
    ['color=mauve']])('%s is refused', text =>
    expect(() => parseAssignment(text)).toThrow(
      expect.objectContaining({exit: 3, message: expect.not.stringContaining('hunter2')}),
    ))
  it('finds what is wrong in a file', () => {
    expect(contextProblems({
      tael: {url: 'http://x', apiKey: 'plain', nope: 1}, danger: 'yes', raft: {endpoints: {1: 'a:1'}},
    }))
      .toEqual([
        'tael.apiKey holds a secret in the open: use a reference', 'unknown key tael.nope',
        'danger should be true or false',
      ])
    expect(contextProblems({tael: {url: 'x', shards: {a: 'http://h', b: 'h'}}})).toEqual([
      'tael.url should be an address like http://host:7701, https://host or unix:///path, not "x"',
      'tael.shards.b should be an address like http://host:7701, https://host or unix:///path, not "h"',
    ])
  })
})

describe('editing', () => {
  it('keeps comments and order, and the file private', async () => {
    await editConfig(path, tools, document => document.set('current', 'a'))
    writeFileSync(path, '# mine\ncontexts:\n  b: {} # second\n  a: {}\ncurrent: a\n', {mode: 0o644})
    await editConfig(path, tools, document => document.setIn(['contexts', 'b', 'danger'], true))
    const text = readFileSync(path, 'utf8')
    expect(text).toContain('# mine')
    expect(text).toContain('# second')
    expect(text.indexOf('b:')).toBeLessThan(text.indexOf('a:'))
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })
  it('of twenty at once loses nothing', async () => {
    await Promise.all(Array.from({length: 20}, (_, at) =>
      editConfig(path, tools, document => document.setIn(['contexts', `c${at}`, 'danger'], false))))
    expect(readFileSync(path, 'utf8').match(/^ {2}c\d+:/gm)).toHaveLength(20)
  })
  it('takes over the lock of a process that is gone', async () => {
    await editConfig(path, tools, document => document.set('current', 'a'))
    writeFileSync(`${path}.lock`, '999999999')
    await editConfig(path, tools, document => document.set('current', 'b'))
    expect(readFileSync(path, 'utf8')).toContain('current: b')
  })
  it('of many commands at once, all finding an abandoned lock, loses nothing', async () => {
    await editConfig(path, tools, document => document.set('current', 'c0'))
    writeFileSync(`${path}.lock`, '999999999')
    const ran = await Promise.all(
      Array.from({length: 8}, (_, at) => ctl('context', 'add', `c${at}`, `tael.url=http://127.0.0.1:${at}`)),
    )
    expect(ran.map(each => each.code)).toEqual(ran.map(() => 0))
    expect(readFileSync(path, 'utf8').match(/^ {2}c\d+:/gm)).toHaveLength(8)
    expect(readdirSync(join(dir, 'opsdeck'))).toEqual(['config.yaml'])
  })
  it('starts again when its lock was taken over before the write', async () => {
    await editConfig(path, tools, document => document.set('current', 'a'))
    let calls = 0
    await editConfig(path, tools, document => {
      calls += 1
      if (calls === 1) {
        rmSync(`${path}.lock`)
        writeFileSync(path, 'current: other\ncontexts: {}\n')
      }
      document.setIn(['contexts', 'mine', 'danger'], true)
    })
    expect(calls).toBe(2)
    expect(readFileSync(path, 'utf8')).toContain('current: other')
    expect(readFileSync(path, 'utf8')).toContain('mine')
  })
  it('waits for a living holder, takes over an old lock, and never removes a lock that is not its own', async () => {
    await editConfig(path, tools, document => document.set('current', 'a'))
    writeFileSync(`${path}.lock`, String(process.pid))
    const waiting = editConfig(path, tools, document => document.set('current', 'b'))
    setTimeout(() => rmSync(`${path}.lock`), 100)
    await waiting
    writeFileSync(`${path}.lock`, String(process.pid))
    utimesSync(`${path}.lock`, 0, 0)
    await editConfig(path, tools, document => document.set('current', 'c'))
    expect(readFileSync(path, 'utf8')).toContain('current: c')
    const lock = await takeLock(`${path}.lock`, tools)
    writeFileSync(`${path}.lock`, 'another')
    await lock.release()
    expect(readFileSync(`${path}.lock`, 'utf8')).toBe('another')
  })
  it('gives up after a while, and says why', async () => {
    await editConfig(path, tools, document => document.set('current', 'a'))
    writeFileSync(`${path}.lock`, String(process.pid))
    let nowMs = 0
    const clock = {...systemClock, monotonicMs: () => nowMs, sleep: async () => void (nowMs += 1_000)}
    await expect(editConfig(path, {...tools, clock}, () => undefined)).rejects.toMatchObject({code: 'CONFIG_LOCKED'})
  })
  it('writes through a link, which stays one', async () => {
    await editConfig(path, tools, document => document.set('current', 'a'))
    renameSync(path, join(dir, 'real.yaml'))
    symlinkSync(join(dir, 'real.yaml'), path)
    await editConfig(path, tools, document => document.set('current', 'b'))
    expect(lstatSync(path).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(dir, 'real.yaml'), 'utf8')).toContain('current: b')
  })
  it('never replaces what it cannot read', async () => {
    mkdirSync(path, {recursive: true})
    await expect(editConfig(path, tools, document => document.set('current', 'b'))).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
    })
  })
  it('leaves a broken file alone', async () => {
    await editConfig(path, tools, document => document.set('current', 'a'))
    writeFileSync(path, 'a: [broken')
    await expect(editConfig(path, tools, document => document.set('current', 'b'))).rejects.toMatchObject({exit: 3})
    expect(readFileSync(path, 'utf8')).toBe('a: [broken')
  })
})

describe('ctl context', () => {
  it('adds, lists, switches, goes back, changes and removes', async () => {
    expect((await ctl('context', 'add', 'one', 'tael.url=http://127.0.0.1:1')).code).toBe(0)
    expect((await ctl('context', 'add', 'two', 'tael.url=http://127.0.0.1:2', 'danger=true')).code).toBe(0)
    expect((await ctl('context', 'list', '-o', 'name')).stdout).toBe('one\ntwo\n')
    await ctl('context', 'use', 'two')
    await ctl('context', 'use', '-')
    expect((await ctl('context', 'list', '--no-headers')).stdout).toMatch(/^\* +one/m)
    await ctl('context', 'previous')
    await ctl('context', 'set', 'two', 'tael.url=http://127.0.0.1:3', 'danger=')
    expect((await ctl('context', 'show', '-o', 'csv')).stdout).toBe(
      'key,value,origin\ntael.url,http://127.0.0.1:3,context two\n',
    )
    expect((await ctl('context', 'remove', 'two')).code).toBe(12)
    expect((await ctl('context', 'remove', 'two', '--yes')).code).toBe(0)
    expect((await ctl('context', 'list', '-o', 'name')).stdout).toBe('one\n')
  })
  it('says what is near, and what exists', async () => {
    await ctl('context', 'add', 'production', 'tael.url=http://127.0.0.1:1')
    expect(await ctl('context', 'use', 'prodction')).toMatchObject({
      code: 3, stderr: expect.stringContaining('Did you mean: production'),
    })
    expect((await ctl('context', 'add', 'production')).code).toBe(3)
    expect((await ctl('context', 'add', '../evil')).code).toBe(3)
  })
  it('never shows a secret, and says which ones cannot be read', async () => {
    await ctl('context', 'add', 'one', 'tael.apiKey=env://HIDDEN', 'directives.token=env://NOT_SET')
    const shown = await ctl('context', 'show', '-o', 'json')
    const checked = await ctl('context', 'validate')
    expect(shown.stdout + checked.stdout + checked.stderr).not.toContain('hunter2')
    expect(checked.stdout).toMatch(/secret tael.apiKey +ok/)
    expect(checked.stdout).toMatch(/secret directives.token +fail/)
    expect(checked.code).toBe(3)
  })
  it('shows no secret that stands in the file in the open', async () => {
    await ctl('context', 'add', 'one')
    writeFileSync(path, 'current: one\ncontexts: {one: {tael: {url: "https://bob:hunter2@h", apiKey: hunter2}}}\n', {
      mode: 0o600,
    })
    const ran = [
      await ctl('context', 'show'), await ctl('context', 'show', '-o', 'json'), await ctl('context', 'validate'),
      await ctl('context', 'list', '-o', 'json'),
    ]
    expect(ran.map(each => each.stdout + each.stderr).join()).not.toContain('hunter2')
    expect(ran[0]!.stdout).toContain('https://bob:***@h')
  })
  it.each([
    ['{danger: "true"}', 'danger'], ['{readonly: yes}', 'readonly'], ['{audit: requird}', 'audit'], ['text', 'mapping'],
    ['[1]', 'mapping'], ['{tael: text}', 'tael'],
  ])('refuses to work in a context that it cannot read: %s', async (text, named) => {
    await ctl('context', 'add', 'one')
    writeFileSync(path, `current: one\ncontexts:\n  one: ${text}\n  two: {}\n`, {mode: 0o600})
    expect(await ctl('context', 'show')).toMatchObject({code: 3, stderr: expect.stringContaining(named)})
    expect((await ctl('context', 'show', 'two')).code).toBe(0)
    expect((await ctl('context', 'list')).stdout).toContain('one')
  })
  it('fills what was left empty by hand', async () => {
    await ctl('context', 'add', 'one')
    writeFileSync(path, 'contexts:\n  one: # mine\n  two:\n    tael:\n')
    expect((await ctl('context', 'set', 'one', 'tael.url=http://h')).code).toBe(0)
    expect((await ctl('context', 'set', 'two', 'tael.url=http://h', 'raft.endpoints.1=h:1')).code).toBe(0)
    expect((await ctl('context', 'show', 'two', '-o', 'csv')).stdout).toContain('raft.endpoints.1,h:1')
    expect((await ctl('context', 'show', 'one', '-o', 'csv')).stdout).toContain('tael.url,http://h')
    expect((await ctl('context', 'set', 'one', 'tael.nope=')).code).toBe(3)
  })
  it.each([
    ['contexts: [a]'], ['[a]'], ['just text'], ['a: [broken'],
  ])('says that %s is no configuration', async text => {
    await ctl('context', 'add', 'one')
    writeFileSync(path, text)
    for (const words of [['list'], ['show'], ['add', 'x'], ['use', 'x']]) {
      expect(await ctl('context', ...words)).toMatchObject({
        code: 3, stderr: expect.stringMatching(/^ctl: [^\n]* is not a configuration: [^\n]*\n {2}Mend it [^\n]*\n$/),
      })
    }
    expect(readFileSync(path, 'utf8')).toBe(text)
  })
  it('warns of a secret in a file that others can read', async () => {
    writeFileSync(join(dir, 'key'), 'hunter2', {mode: 0o644})
    await ctl('context', 'add', 'one', `tael.apiKey=file://${join(dir, 'key')}`)
    const open = await ctl('context', 'validate', '-o', 'json')
    expect(open.code).toBe(0)
    expect(open.stdout).toContain(`chmod 600 ${join(dir, 'key')}`)
    chmodSync(join(dir, 'key'), 0o600)
    expect((await ctl('context', 'validate')).stdout).toMatch(/secret tael.apiKey +ok/)
  })
  it('connects when asked, and reports each address', async () => {
    await ctl('context', 'add', 'one', 'tael.url=http://127.0.0.1:9')
    const checked = await ctl('context', 'validate', '--connect', '-o', 'json')
    expect(checked.code).toBe(4)
    expect(JSON.parse(checked.stdout).items).toContainEqual(expect.objectContaining({
      check: 'connect tael.url', state: 'fail', detail: expect.stringContaining('ECONNREFUSED'),
    }))
  })
})
