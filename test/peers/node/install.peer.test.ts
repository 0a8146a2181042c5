import {mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {run} from '../../helpers/cli.ts'
import {peerBinary} from '../cache.ts'

const root = join(import.meta.dirname, '../../..')
let folder: string
let tarball: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'opsdeck-install-'))
  const packed = await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], {cwd: root})
  expect(packed.code).toBe(0)
  tarball = join(folder, readdirSync(folder).find(name => name.endsWith('.tgz'))!)
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

/** Every file below a folder, as a path in it. */
function filesBelow(path: string): string[] {
  return readdirSync(path, {recursive: true, withFileTypes: true}).filter(each => !each.isDirectory())
    .map(each => join(each.parentPath, each.name).slice(path.length + 1)).sort()
}

describe.each([
  ['22.19.0', () => peerBinary('node-22.19.0', 'bin', 'node')], ['of the project', () => process.execPath],
])('under Node %s', (name, node) => {
  let prefix: string
  let home: string
  const at = (bin: string) => join(prefix, 'bin', bin)
  const env = () => ({
    PATH: `${dirname(node())}:${process.env['PATH']}`, HOME: home, XDG_CONFIG_HOME: undefined,
    XDG_STATE_HOME: undefined, XDG_CACHE_HOME: undefined,
  })
  const bin = (program: string, ...words: string[]) => run(at(program), words, {env: env()})
  const npm = (...words: string[]) => run('npm', [...words, '--global', '--offline', '--prefix', prefix], {cwd: folder})

  beforeAll(async () => {
    prefix = join(folder, `prefix-${name}`)
    home = join(folder, `home-${name}`)
    mkdirSync(home, {recursive: true})
    expect(await npm('install', tarball)).toMatchObject({code: 0})
  })

  test('it is the Node that was meant', async () => {
    const {stdout} = await bin('ctl', 'doctor', '-o', 'json')
    const {items} = JSON.parse(stdout) as {items: {check: string; detail: string}[]}
    const wanted = name === '22.19.0' ? '22.19.0' : process.versions.node
    expect(items.find(each => each.check === 'opsdeck')?.detail).toContain(`Node ${wanted}`)
  })

  test.each(['tael', 'ctl', 'snap', 'opsdeck-tael'])('%s runs, with help and version', async program => {
    expect(await bin(program, '--version')).toMatchObject({
      code: 0, stdout: expect.stringMatching(/^(tael|ctl|snap) \d/),
    })
    expect(await bin(program, '--help')).toMatchObject({code: 0, stdout: expect.stringContaining('COMMANDS')})
  })

  test('the commands do real work: a context, a lease in SQLite, a task table that is not there, a server that is not there', async () => {
    expect(await bin(
      'ctl', 'context', 'add', 'one', `leases.url=sqlite:${join(home, 'leases.db')}`, 'tael.url=http://127.0.0.1:9',
    )).toMatchObject({code: 0})
    expect(await bin('ctl', 'lease', 'acquire', 'a', '--ttl', '1m', '-o', 'name')).toMatchObject({
      code: 0, stdout: 'a\n',
    })
    expect(await bin('ctl', 'task', 'list', '--uri', home)).toMatchObject({code: 2})
    expect(await bin('tael', 'services')).toMatchObject({code: 4})
    expect(await bin('ctl', 'raft', 'leader')).toMatchObject({code: 3})
    expect(await bin('ctl', 'schema', 'task', 'list')).toMatchObject({code: 0})
    expect(statSync(join(prefix, 'share/man/man1/ctl.1')).size).toBeGreaterThan(100)
  })

  test('nothing is written but below the three documented folders', () => {
    expect(filesBelow(home).filter(path => !/^(\.config|\.local\/state|\.cache)\/opsdeck\/|^leases\.db/.test(path)))
      .toEqual([])
  })

  test('uninstalling leaves nothing in the prefix', async () => {
    expect(await npm('uninstall', 'opsdeck')).toMatchObject({code: 0})
    expect(filesBelow(prefix).filter(path => !path.endsWith('.package-lock.json'))).toEqual([])
  })
})

test('a Node that is too old gets a sentence, not a stack', async () => {
  const ran = await run(peerBinary('node-20.19.0', 'bin', 'node'), [join(root, 'bin/ctl.js'), 'task', 'list'])
  expect(ran).toEqual({code: 1, stdout: '', stderr: 'ctl: needs Node 22.19 or later, this is 20.19.0\n'})
})

test('another program named tael on the PATH is named by the doctor, with the way around it', async () => {
  const other = join(folder, 'other')
  mkdirSync(other)
  writeFileSync(join(other, 'tael'), '#!/bin/sh\n', {mode: 0o755})
  const ran = await run(process.execPath, [join(root, 'bin/tael.js'), 'doctor', '-o', 'json'], {
    env: {PATH: `${other}:${process.env['PATH']}`},
  })
  const {items} = JSON.parse(ran.stdout) as {items: {check: string; state: string; detail: string; fix: string}[]}
  expect(items.find(each => each.check === 'tael on PATH')).toMatchObject({
    state: 'warn', detail: expect.stringContaining(join(other, 'tael')), fix: expect.stringContaining('opsdeck-tael'),
  })
})
