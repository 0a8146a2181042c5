import {
  appendFileSync,
  chmodSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, it} from 'vitest'
import {appendAudit} from '../../../src/cli/audit/append.ts'
import type {AuditRecord} from '../../../src/cli/audit.ts'
import {run} from '../../helpers/cli.ts'

let dir: string
let file: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'opsdeck-audit-'))
  file = join(dir, 'state', 'audit.jsonl')
})
afterEach(() => rmSync(dir, {recursive: true}))

const record = (id: string, extra: object = {}) => ({at: '2026-11-21T10:00:00.000Z', id, ...extra}) as AuditRecord
const ids = () =>
  globSync(`${file}*`).flatMap(name =>
    readFileSync(name, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map(line => (JSON.parse(line) as {id: string}).id),
  )

it('makes a private file in a private folder, and makes one private that was not', async () => {
  await appendAudit(file, record('a'))
  expect([statSync(join(dir, 'state')).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600])
  chmodSync(file, 0o644)
  await appendAudit(file, record('b'))
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(ids()).toEqual(['a', 'b'])
})

it('ends a line that a killed command left unfinished, so that the next one is whole', async () => {
  await appendAudit(file, record('a'))
  appendFileSync(file, '{"at":"2026-11-2')
  await appendAudit(file, record('b'))
  expect(readFileSync(file, 'utf8').split('\n').slice(1)).toEqual([
    '{"at":"2026-11-2',
    '{"at":"2026-11-21T10:00:00.000Z","id":"b"}',
    '',
  ])
})

it('keeps every record of six processes that write at once, and sets full files aside', async () => {
  const writers = Array.from({length: 6}, (_, writer) =>
    run(process.execPath, [join(import.meta.dirname, 'writer.ts'), file, String(writer), '200', '60000']),
  )
  for (const {code, stderr} of await Promise.all(writers)) expect({code, stderr}).toEqual({code: 0, stderr: ''})
  const wanted = Array.from({length: 6}, (_, writer) =>
    Array.from({length: 200}, (_, nth) => `${writer}-${nth}`),
  ).flat()
  expect(ids().sort()).toEqual(wanted.sort())
  expect(globSync(`${file}*`).length).toBeGreaterThan(10)
})

it('keeps what was acknowledged when writers are killed, and stays readable', async () => {
  const writers = Array.from({length: 6}, async (_, writer) => {
    const words = [
      join(import.meta.dirname, 'writer.ts'),
      file,
      String(writer),
      '100000',
      '100000',
      '',
      String(100 + writer * 50),
    ]
    const {code, stdout} = await run(process.execPath, words)
    expect(code).toBe(137)
    return stdout.split('\n').slice(0, -1)
  })
  const acknowledged = (await Promise.all(writers)).flat()
  await appendAudit(file, record('after'))
  const lines = globSync(`${file}*`).flatMap(name => readFileSync(name, 'utf8').split('\n').filter(Boolean))
  const whole = lines.flatMap(line => {
    try {
      return [(JSON.parse(line) as {id: string}).id]
    } catch {
      return []
    }
  })
  expect(acknowledged.length).toBeGreaterThan(20)
  expect(acknowledged.filter(id => !whole.includes(id))).toEqual([])
  expect(lines.length - whole.length).toBeLessThanOrEqual(6)
  expect(whole).toContain('after')
})

it.each([
  ['a file stands where the folder should be', () => writeFileSync(join(dir, 'state'), '')],
  [
    'the disk is full',
    () => {
      mkdirSync(join(dir, 'state'))
      symlinkSync('/dev/full', file)
    },
  ],
])('rejects when %s', async (_, prepare) => {
  prepare()
  await expect(appendAudit(file, record('a'))).rejects.toThrow()
})

it('rejects a record of which only a part could be written, and the next one is whole again', async () => {
  // The shell's limit counts blocks of 512 or 1024 bytes.
  const limited = await run('sh', [
    '-c',
    `ulimit -f 8; exec "$0" "$@"`,
    process.execPath,
    join(import.meta.dirname, 'writer.ts'),
    file,
    'w',
    '1',
    '1000000000',
    '20000',
  ])
  expect(limited).toMatchObject({code: 1, stderr: expect.stringMatching(/only \d+ of 20\d+ bytes/)})
  await appendAudit(file, record('after'))
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({id: 'after'})
})
