import {chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {loadSettings} from '../../src/cli/context/settings.ts'
import {resolveSecret} from '../../src/cli/context/secrets.ts'

let home: string
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'opsdeck-settings-'))))
afterEach(() => rmSync(home, {recursive: true, force: true}))

const file = `current: prod
previous: dev
contexts:
  prod:
    danger: true
    tael: {url: "http://prod:7701", apiKey: "env://PROD_KEY"}
    raft: {endpoints: {1: "a:1"}, ttl: true}
  dev:
    tael: {url: "http://dev:7701"}
    readonly: true
`
const load = (env: Record<string, string> = {}, flags: {context?: string; readonly?: boolean} = {}) => {
  const path = join(home, 'config.yaml')
  return loadSettings({env: {OPSDECK_CONFIG: path, ...env}, flags, homeDir: home})
}
const withFile = () => writeFileSync(join(home, 'config.yaml'), file, {mode: 0o600})

describe('precedence', () => {
  beforeEach(withFile)
  it('takes the current context', async () => {
    const settings = await load()
    expect(settings.context?.name).toBe('prod')
    expect(settings.section('tael')?.url).toBe('http://prod:7701')
    expect(settings.origin('tael.url')).toBe('context prod')
    expect(settings.danger).toBe(true)
  })
  it('a flag over the environment over the file', async () => {
    expect((await load({OPSDECK_CONTEXT: 'dev'})).context?.name).toBe('dev')
    expect((await load({OPSDECK_CONTEXT: 'prod'}, {context: 'dev'})).context?.name).toBe('dev')
    expect((await load({}, {context: '-'})).context?.name).toBe('dev')
    expect((await load({OPSDECK_CONTEXT: ''})).context).toBeUndefined()
  })
  it('the environment over a context\'s value, with its origin', async () => {
    const settings = await load({
      OPSDECK_TAEL_URL: 'http://env:1', TAEL_API_KEY: 'secret', SCOUTER_STORAGE_URI: 's3://b/p', AWS_REGION: 'eu',
    })
    expect(settings.section('tael')).toMatchObject({url: 'http://env:1', apiKey: 'env://TAEL_API_KEY'})
    expect(settings.origin('tael.url')).toBe('env OPSDECK_TAEL_URL')
    expect(settings.section('tasks')).toMatchObject({uri: 's3://b/p', region: 'eu'})
    expect(settings.section('artifacts')).toBeUndefined()
  })
  it('read-only from context, flag or environment', async () => {
    expect((await load({}, {context: 'dev'})).readonly).toBe(true)
    expect((await load({}, {readonly: true})).readonly).toBe(true)
    expect((await load({OPSDECK_READONLY: '1'})).readonly).toBe(true)
    expect((await load({OPSDECK_READONLY: '0'})).readonly).toBe(false)
  })
})

describe('what is missing or wrong', () => {
  it('says which key to set and how', async () => {
    withFile()
    expect(() => void 0).not.toThrow()
    const settings = await load()
    expect(() => settings.require('leases')).toThrow(
      expect.objectContaining({exit: 3, hint: expect.stringContaining('ctl context set prod leases.url=')}),
    )
  })
  it('names the nearest context', async () => {
    withFile()
    await expect(load({}, {context: 'prd'})).rejects.toMatchObject({exit: 3, hint: 'Did you mean: prod'})
  })
  it('no file is no context', async () => {
    expect((await load()).context).toBeUndefined()
  })
  it.each([['[1, 2]'], ['a: [unclosed'], ['just text']])('%j is not a configuration', async text => {
    writeFileSync(join(home, 'config.yaml'), text)
    await expect(load()).rejects.toMatchObject({exit: 3, code: 'CONFIG_INVALID'})
  })
  it('says in one line where it is broken, and which file cannot be read', async () => {
    const path = join(home, 'config.yaml')
    writeFileSync(path, 'contexts:\n  a: {\n')
    await expect(load()).rejects.toMatchObject({
      message: expect.stringMatching(/config\.yaml is not a config.*line 3, column 1$/),
    })
    rmSync(path)
    mkdirSync(path)
    await expect(load()).rejects.toMatchObject({message: expect.stringContaining(`${path} cannot be read`)})
  })
})

describe('secrets', () => {
  it('are read late, from where the reference says', async () => {
    writeFileSync(join(home, 'key'), 'from-file\n')
    expect(await resolveSecret('env://K', {K: 'from-env'})).toBe('from-env')
    expect(await resolveSecret(`file://${join(home, 'key')}`, {})).toBe('from-file')
    expect(await resolveSecret('exec://echo from-exec', {})).toBe('from-exec')
  })
  it.each([
    ['plain-secret-value'], ['env://NOT_SET'], ['file:///no/such/file'], ['exec:///no/such/command'], ['exec://false'],
  ])(
    '%s is an error that does not hold a secret', async reference => {
      await expect(resolveSecret(reference, {})).rejects.toMatchObject({
        exit: 3, message: expect.not.stringContaining('plain-secret'),
      })
    })
  it('an unreadable file is told', async () => {
    writeFileSync(join(home, 'config.yaml'), file)
    chmodSync(join(home, 'config.yaml'), 0o600)
    expect((await load()).configPath).toBe(join(home, 'config.yaml'))
  })
})
