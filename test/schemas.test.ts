import {Ajv} from 'ajv'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {schemas, staleSchemas} from '../scripts/schemas.ts'
import {readManifest} from '../src/cli/manifest.ts'
import {runBin} from './helpers/cli.ts'
import {commandLines, startWorld, type CommandLine, type World} from './helpers/command-lines.ts'

const folder = join(import.meta.dirname, '../schemas')
const ajv = new Ajv({strict: false, allErrors: true})
const released = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures/released-members.json'), 'utf8'),
) as Record<string, string[]>

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.stop())

/** The command that a line runs, as the manifest has it. */
function commandOf({bin, words}: Pick<CommandLine, 'bin' | 'words'>): string[] {
  const known = readManifest(bin).commands
  return [3, 2, 1].map(length => words.slice(0, length)).find(part => known[part.join(':')])!
}

interface Schema {
  $comment: string
  properties?: Record<string, Schema>
  items?: Schema
  anyOf?: Schema[]
  additionalProperties?: Schema | boolean
}

const schemaOf = (bin: string, command: readonly string[]) =>
  JSON.parse(readFileSync(join(folder, `${[bin, ...command].join('-')}.json`), 'utf8')) as Schema

/** Every member that a schema names, as `items[].holder`. */
function membersOf({properties = {}, items, anyOf = [], additionalProperties}: Schema, at = ''): string[] {
  return [
    ...Object.entries(properties).flatMap(([name, each]) => [`${at}.${name}`, ...membersOf(each, `${at}.${name}`)]),
    ...(items ? membersOf(items, `${at}[]`) : []), ...anyOf.flatMap(each => membersOf(each, at)),
    ...(typeof additionalProperties === 'object' ? membersOf(additionalProperties, `${at}{}`) : []),
  ]
}

/** The documents of an output: one, or one a line. */
function documentsOf(text: string, isLines: boolean): unknown[] {
  return isLines ? text.split('\n').filter(Boolean).map(line => JSON.parse(line) as unknown) : [JSON.parse(text)]
}

function mustFit(schema: Schema, text: string): void {
  const fits = ajv.compile({...schema, $id: undefined})
  for (const document of documentsOf(text, schema.$comment.startsWith('One line'))) {
    expect({fits: fits(document), errors: fits.errors, document}).toMatchObject({fits: true})
  }
}

const withJson = commandLines.filter(line => line.json && !line.long)

test('schemas/ is what `npm run schemas` writes', () => expect(staleSchemas()).toEqual([]))

const made = schemas()

test.each([...made.keys()])('%s has lost or renamed no member that was released', name => {
  const members = new Set(membersOf(JSON.parse(readFileSync(join(folder, name), 'utf8')) as Schema))
  expect((released[name] ?? []).filter(each => !members.has(each))).toEqual([])
  expect(Object.keys(released)).toContain(name)
})

describe('what is printed fits', () => {
  test.each(
    withJson.map((line, at) => [[line.bin, ...line.words].join(' '), line, at] as const),
  )('%s', async (_, line, at) => {
    const command = commandOf(line)
    const text = commandLines.length + at
    const words = world.words(line, text)
    const end = words.indexOf('--')
    const isLine = /^(tail|watch|wal ta)/.test(command.join(' '))
    const format = ['-o', isLine ? 'jsonl' : 'json']
    const ran = await runBin(
      line.bin, end < 0 ? [...words, ...format] : [...words.slice(0, end), ...format, ...words.slice(end)],
      {env: world.env},
    )
    expect(ran.code).toBe(line.exit)
    if (ran.stdout !== '') mustFit(schemaOf(line.bin, command), ran.stdout)
    else expect(line.exit === 0 && !/^context (add|set|use)/.test(line.words.join(' '))).toBe(false)
  })
})

describe('what a change really did fits', () => {
  const trace = '35f76ceff3c810b2049457e1371ebd87'
  test.each([
    ['tael', ['comment', 'add', trace, 'seen', '--shard', 'shard-a']], ['tael', ['comment', 'list', trace]],
    ['ctl', ['task', 'claim', 'new_work', '--holder', 'me']],
    ['ctl', ['task', 'release', 'new_work', '--interval', '1h', '--holder', 'me']],
    ['ctl', ['task', 'claim', 'more_work', '--yes']], ['ctl', ['task', 'fail', 'more_work']],
    ['ctl', ['lease', 'acquire', 'a', '--ttl', '1m']],
    ['ctl', ['lease', 'complete', 'a', '--cursor', '00000000000000b4']],
    ['ctl', ['lease', 'acquire', 'b', '--ttl', '1m']], ['ctl', ['lease', 'abandon', 'b', '--yes']],
    ['ctl', ['directive', 'publish', '--tenant', 'acme', '--ring-buffer']], ['ctl', ['directive', 'list']],
    ['ctl', ['directive', 'get', 'shape-acme']], ['ctl', ['directive', 'tape', '--probes']],
    ['ctl', ['directive', 'verify-applied', '--key']],
    ['ctl', ['directive', 'mint', '--tenant', 'a']], ['ctl', ['directive', 'revoke', 'shape-acme']],
    ['snap', ['push', 'EXPORT', 'new/key']], ['snap', ['prune', 'edge/routes', '--grace', '0s', '--yes']],
    ['snap', ['doctor']],
  ] as const)('%s %j', async (bin, words) => {
    const line = {bin, words: [...words]}
    const ran = await runBin(bin, [...world.words(line as unknown as CommandLine, 0), '-o', 'json'], {env: world.env})
    expect(ran).toMatchObject({code: 0})
    mustFit(schemaOf(bin, commandOf(line)), ran.stdout)
  })
})

test('every command with -o json has a schema, and the schema command prints it', async () => {
  const missing = withJson.map(line => [line.bin, ...commandOf(line)].join('-')).filter(
    name => !made.has(`${name}.json`),
  )
  expect(missing.filter(name => !/^ctl-context-(add|set|use|remove|previous)$/.test(name))).toEqual([])
  expect((await runBin('ctl', ['schema', 'task', 'list'])).stdout).toBe(
    readFileSync(join(folder, 'ctl-task-list.json'), 'utf8'),
  )
  expect((await runBin('ctl', ['schema'])).stdout).toContain('directive verify-applied\n')
  expect(await runBin('snap', ['schema', 'lst'])).toMatchObject({
    code: 2, stderr: expect.stringContaining('Did you mean: snap schema list'),
  })
})
