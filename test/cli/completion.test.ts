import {mkdtempSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import fc from 'fast-check'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {complete, type CompletionSource} from '../../src/cli/completion.ts'
import {readCommandLine} from '../../src/cli/completion-line.ts'
import {liveValues, type LiveTools} from '../../src/cli/completion-live.ts'
import {answerText} from '../../src/cli/completion-run.ts'
import type {ManifestCommand, ManifestFlag} from '../../src/cli/manifest.ts'
import {runBin} from '../helpers/cli.ts'

const option = (name: string, rest: Partial<ManifestFlag> = {}): ManifestFlag => ({name, type: 'option', ...rest})
const shared = {
  output: option('output', {char: 'o', options: ['table', 'json', 'jsonl'], helpGroup: 'OUTPUT'}),
  context: option('context', {char: 'c', helpGroup: 'CONNECTION'}),
  quiet: {name: 'quiet', type: 'boolean', char: 'q', helpGroup: 'OUTPUT'} as ManifestFlag,
}
const command = (id: string, args: string[] = [], flags: Record<string, ManifestFlag> = {}, hidden = false): [
  string, ManifestCommand,
] =>
  [id, {
    id, hidden, summary: `about ${id}`, args: Object.fromEntries(args.map(name => [name, {name}])),
    flags: {...shared, ...flags},
  }]

const source: CompletionSource = {
  bin: 'ctl', topics: {context: {description: 'Where'}}, helpTopics: ['contexts', 'time'],
  contextKeys: ['tael.url', 'raft.endpoints.*'],
  manifest: {
    commands: Object.fromEntries([
      command('context:use', ['name']), command('context:set', ['name', 'settings']),
      command('context:add', ['name', 'settings']),
      command('doctor'), command('secret', [], {}, true),
      command('task:claim', ['task'], {attribute: option('attribute', {multiple: true})}),
      command('wal', ['file'], {
        dir: option('dir', {helpValue: 'path'}), service: option('service'), old: option('old', {hidden: true}),
      }),
      command('wal:stat'), command('verify', ['artifact'], {}, true),
    ]),
  },
}
const at = (line: string) => {
  const {candidates, live, files} = complete(source, line.split(' '))
  return [
    ...candidates.map(each => each.value), ...(live ? [`<${live.prefix}${live.kind}>`] : []),
    ...(files ? ['<files>'] : []),
  ].join(' ')
}

describe('what fits at the cursor', () => {
  it.each([
    ['', 'context doctor task wal help version'],
    ['co', 'context'],
    ['nosuch ', ''],
    ['context ', 'use set add'],
    ['context u', 'use'],
    ['context use ', '<contexts>'],
    ['context use prod ', ''],
    ['context add ', ''],
    ['context set prod ', 'tael.url= raft.endpoints.'],
    ['context set prod tael.url=x ra', 'raft.endpoints.'],
    ['task claim ', '<tasks>'],
    ['-q task claim ', '<tasks>'],
    ['-o json task claim ', '<tasks>'],
    ['task -q claim ', ''],
    ['-', '--output --context --quiet --help'],
    ['-o ', 'table json jsonl'],
    ['-c ', '<contexts>'],
    ['doctor --', '--output --context --quiet --help'],
    ['doctor --output ', 'table json jsonl'],
    ['doctor --output=j', '--output=json --output=jsonl'],
    ['doctor --quiet=', ''],
    ['doctor -o json --o', ''],
    ['doctor -ojson -', '--context --quiet --help'],
    ['doctor -c ', '<contexts>'],
    ['doctor --context=p', '<--context=contexts>'],
    ['task claim --attribute a=b --att', '--attribute'],
    ['wal ', 'stat <files>'],
    ['wal --dir ', '<files>'],
    ['wal --dir=', '<files>'],
    ['wal --old', ''],
    ['wal --service ', '<services>'],
    ['wal --service x ', '<files>'],
    ['task claim -- ', '<files>'],
    ['verify ', '<artifacts>'],
    ['help ', 'context doctor task wal contexts time'],
    ['help con', 'context contexts'],
    ['constructor ', ''],
    ['doctor --constructor ', ''],
  ])('%j', (line, wanted) => expect(at(line)).toBe(wanted))

  it('always begins with what was typed, and never throws', () => {
    const word = fc.oneof(
      fc.constantFrom('context', 'use', 'task', 'claim', 'wal', 'help', '-o', '--output', '--', '-', '-q', 'doctor'),
      fc.string(),
    )
    fc.assert(fc.property(fc.array(word, {minLength: 1, maxLength: 6}), words => {
      for (const {value} of complete(source, words).candidates) expect(value.startsWith(words.at(-1)!)).toBe(true)
    }))
  })
})

describe("bash's line", () => {
  it.each([
    ['ctl ', [''], 0],
    ['ctl context use', ['context', 'use'], 0],
    ['ctl "a b" c\\ d ', ['a b', 'c d', ''], 0],
    ["ctl 'a \"b", ['a "b'], 0],
    ['ctl --output=js', ['--output=js'], 9],
    ['ctl key a:b=c', ['key', 'a:b=c'], 4],
    ['ctl "a:b', ['a:b'], 0],
    ["ctl ''", [''], 0],
    ['ctl "a\\"b\\n"', ['a"b\\n'], 0],
    ['ctl end\\', ['end'], 0],
  ])('%s', (line, words, cut) => expect(readCommandLine(line, ' =:')).toEqual({words, cut}))

  it('cuts only where bash does', () => expect(readCommandLine('ctl a:b=c', ' ')).toEqual({words: ['a:b=c'], cut: 0}))
})

describe('the answer', () => {
  const of = (...values: string[]) => ({candidates: values.map(value => ({value, description: 'd\n2'})), files: false})
  it('holds no control character of a server', () => {
    expect(answerText('zsh', of('good', 'b\u001b[2Jad', 'two\nlines'), 0)).toBe('=good\td 2\n')
  })
  it('keeps the cursor at an open end, and says when file names fit', () => {
    expect(answerText('bash', of('tael.url='), 0)).toBe('=tael.url=\n:nospace\n')
    expect(answerText('bash', {...of('--o=x'), files: true}, 4)).toBe('=x\n:files\n')
    expect(answerText('bash', of(), 0)).toBe('')
  })
})

describe('live values', () => {
  let dir: string
  let tools: LiveTools
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'opsdeck-complete-'))
    tools = {
      env: {PATH: process.env['PATH'], XDG_CACHE_HOME: dir}, homeDir: dir, nowMs: 1_000_000, context: undefined,
      program: () => join(dir, 'program.cjs'),
    }
  })
  afterEach(() => rmSync(dir, {recursive: true, force: true}))
  const program = (text: string) => writeFileSync(join(dir, 'program.cjs'), text)
  const printing = (word: string) => program(`console.log(${JSON.stringify(word)}, process.argv.slice(2).join('+'))`)

  it('come from the command that lists them, then from the cache, by context', async () => {
    printing('a')
    expect(await liveValues('tasks', tools)).toEqual(['a task+list+-o+name+-q'])
    printing('b')
    expect(await liveValues('tasks', {...tools, nowMs: 1_029_000})).toEqual(['a task+list+-o+name+-q'])
    expect(await liveValues('tasks', {...tools, context: 'prod'})).toEqual(['b task+list+-o+name+-q+--context+prod'])
    expect(await liveValues('tasks', {...tools, env: {...tools.env, SCOUTER_STORAGE_URI: '/x'}})).toEqual([
      'b task+list+-o+name+-q',
    ])
    expect(await liveValues('tasks', {...tools, nowMs: 1_031_000})).toEqual(['b task+list+-o+name+-q'])
    const folder = join(dir, 'opsdeck', 'completion')
    expect(readdirSync(folder).map(name => statSync(join(folder, name)).mode & 0o777)).toEqual([0o600, 0o600, 0o600])
  })
  it('are the older ones when the command fails or hangs, which is not tried at every Tab', async () => {
    printing('a')
    await liveValues('keys', tools)
    program('setInterval(() => {}, 1000)')
    expect(await liveValues('keys', {...tools, nowMs: 1_031_000})).toEqual(['a raft+kv+scan+-o+name+-q'])
    printing('b')
    expect(await liveValues('keys', {...tools, nowMs: 1_032_000})).toEqual(['a raft+kv+scan+-o+name+-q'])
    expect(await liveValues('keys', {...tools, nowMs: 1_037_000})).toEqual(['b raft+kv+scan+-o+name+-q'])
    program('process.exit(4)')
    expect(await liveValues('leases', tools)).toEqual([])
  })
  it('of contexts come from the configuration, whatever its state', async () => {
    const config = join(dir, 'config.yaml')
    const env = {...tools.env, OPSDECK_CONFIG: config}
    expect(await liveValues('contexts', {...tools, env})).toEqual([])
    writeFileSync(config, 'previous: one\ncontexts: {one: {}, two: {}}\n')
    expect(await liveValues('contexts', {...tools, env})).toEqual(['one', 'two', '-'])
    writeFileSync(config, '[broken')
    expect(await liveValues('contexts', {...tools, env})).toEqual([])
  })
})

describe('the built commands', () => {
  it.each(['tael', 'ctl', 'snap'] as const)('%s prints a script of its own for each shell', async bin => {
    for (const shell of ['bash', 'zsh', 'fish', 'pwsh']) {
      const {stdout, code} = await runBin(bin, ['completion', shell])
      expect(code).toBe(0)
      expect(stdout).toContain(`${bin} completion ${shell}`)
      expect(stdout).not.toMatch(/@\w+@/)
    }
  })
  it('refuse an unknown shell and a format that a script cannot have', async () => {
    expect(await runBin('ctl', ['completion', 'bsh'])).toMatchObject({
      code: 3, stderr: expect.stringContaining('Did you mean: bash'),
    })
    expect((await runBin('ctl', ['completion', 'bash', '-o', 'json'])).code).toBe(3)
    expect((await runBin('ctl', ['completion', 'bash', '-q'])).stdout).toContain('complete -F')
  })
  it('answer nothing rather than an error', async () => {
    for (const words of [[], ['bash'], ['pwsh', 'no base64'], ['nosuch', 'x'], ['zsh']]) {
      expect(await runBin('ctl', ['__complete', ...words])).toMatchObject({code: 0, stderr: ''})
    }
  })
  it('read what PowerShell hands over', async () => {
    const coded = Buffer.from(JSON.stringify(['context', 'us'])).toString('base64')
    expect((await runBin('ctl', ['__complete', 'pwsh', coded])).stdout).toMatch(/^=use\t/)
  })
})
