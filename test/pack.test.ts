import {mkdtempSync, readdirSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {run} from './helpers/cli.ts'

const root = join(import.meta.dirname, '..')
let folder: string
let tarball: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'opsdeck-pack-'))
  const packed = await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], {cwd: root})
  expect(packed.code).toBe(0)
  tarball = join(folder, readdirSync(folder).find(name => name.endsWith('.tgz'))!)
  const installed =
    await run('npm', ['install', '--global', '--offline', '--prefix', join(folder, 'prefix'), tarball], {cwd: folder})
  expect(installed.stderr + String(installed.code)).toMatch(/0$/)
}, 120_000)
afterAll(() => rmSync(folder, {recursive: true, force: true}))

describe('the packed tarball', () => {
  it('is small and installs with nothing to resolve', () => {
    expect(statSync(tarball).size).toBeLessThan(5 * 1024 * 1024)
    expect(readdirSync(join(folder, 'prefix/lib/node_modules'))).toEqual(['opsdeck'])
    expect(readdirSync(join(folder, 'prefix/lib/node_modules/opsdeck'))).not.toContain('node_modules')
  })
  it('carries no pictures: the README of the code host shows them', async () => {
    expect((await run('tar', ['-tf', tarball])).stdout).not.toMatch(/\.svg$/m)
  })
  it.each(['tael', 'ctl', 'snap'])('runs %s from a global prefix', async bin => {
    const path = join(folder, 'prefix/bin', bin)
    const env = {PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`}
    expect((await run(path, ['--version'], {env})).stdout).toMatch(new RegExp(`^${bin} \\d+\\.\\d+\\.\\d+\\n$`))
    expect((await run(path, ['--help'], {env})).stdout).toContain('COMMANDS')
  })
  it('runs a command that loads everything it needs', async () => {
    const env = {
      PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`, OPSDECK_CONFIG: join(folder, 'config.yaml'),
    }
    const ctl = (...words: string[]) => run(join(folder, 'prefix/bin/ctl'), words, {env})
    expect((await ctl('context', 'add', 'one', 'tael.url=http://127.0.0.1:9')).code).toBe(0)
    expect((await ctl('context', 'list', '-o', 'yaml')).stdout).toContain('name: one')
    expect((await run(join(folder, 'prefix/bin/tael'), ['services'], {env})).code).toBe(4)
  })
  it('has no dependency and no install script', async () => {
    const pjson = JSON.parse(
      (await run('tar', ['-xOf', tarball, 'package/package.json'])).stdout,
    ) as {dependencies?: object; scripts: Record<string, string>}
    expect(pjson.dependencies).toBeUndefined()
    expect(Object.keys(pjson.scripts).filter(name => /install$/.test(name))).toEqual([])
  })
})
