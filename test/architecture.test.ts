import {readFileSync, globSync} from 'node:fs'
import {join, relative, resolve, dirname} from 'node:path'
import {describe, expect, it} from 'vitest'

const root = join(import.meta.dirname, '..')

interface Import {
  from: string
  to: string
  typeOnly: boolean
}

/** Every import of a source file, static, dynamic and re-exported; ours as paths below the root. */
export function importsOf(file: string, text: string): Import[] {
  const found: Import[] = []
  const add = (specifier: string, typeOnly: boolean) => found.push({
    from: file, typeOnly,
    to: specifier.startsWith('.') ? relative(root, resolve(root, dirname(file), specifier)) : specifier,
  })
  const statements = /^(?:import|export)\s+(type\s)?[^'"]*?from\s+['"]([^'"]+)['"]/gm
  for (const match of text.matchAll(statements)) add(match[2]!, Boolean(match[1]))
  for (const match of text.matchAll(/^import\s+['"]([^'"]+)['"]/gm)) add(match[1]!, false)
  for (const match of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) add(match[1]!, false)
  return found
}

const rooms = ['format', 'clients', 'cli', 'commands', 'ui', 'sandbox'] as const
const room = (path: string): string => {
  const parts = path.split('/')
  if (parts[0] !== 'src') return path
  return parts[1] === 'clients' ? `clients/${parts[2]}` : rooms.includes(parts[1] as never) ? parts[1]! : 'main'
}

/** What may a room import of ours? */
export function isAllowed(from: string, to: string): boolean {
  const [own, other] = [room(from), room(to)]
  if (own === other) return true
  if (own === 'format') return false
  if (own.startsWith('clients/')) return other === 'clients/net'
  // Connecting is cli's work, so it may reach into clients; nothing reaches back.
  if (own === 'cli') return other === 'format' || other.startsWith('clients/') || to === 'src/boot.ts'
  if (own === 'commands') {
    return ['cli', 'format'].includes(other) || other.startsWith('clients/') || ['sandbox', 'ui'].includes(other)
  }
  if (own === 'ui') return other === 'format'
  if (own === 'sandbox') return other.startsWith('clients/')
  return own === 'main' && ['cli', 'main'].includes(other)
}

/** Which rooms may use a library. */
const libraries: [pattern: RegExp, rooms: RegExp][] = [
  [/^@oclif\//, /^(main|cli|commands)$/],
  [/^(ink|react)(\/|$)/, /^ui$/],
  [/^undici$/, /^clients\/net$/],
  [/^@aws-sdk\//, /^clients\/(artifact|control-table)$/],
  [/^@nats-io\//, /^clients\/lease$/],
  [/^@grpc\//, /^(clients\/(raft|directive)|sandbox)$/],
  [/^hyparquet/, /^clients\/control-table$/],
  [/^hash-wasm$/, /^clients\/artifact$/],
  [/^msgpackr$/, /^(clients\/tael|sandbox)$/],
]

export function libraryAllowed(from: string, name: string): boolean {
  return libraries.every(([pattern, allowed]) => !pattern.test(name) || allowed.test(room(from)))
}

const sources = globSync('src/**/*.{ts,tsx}', {cwd: root})
const imports = sources.flatMap(file => importsOf(file, readFileSync(join(root, file), 'utf8')))

describe('imports point one way', () => {
  it('between our rooms', () => {
    const wrong = imports.filter(each => each.to.startsWith('src/') && !isAllowed(each.from, each.to))
    expect(wrong.map(each => `${each.from} -> ${each.to}`)).toEqual([])
  })

  it('and to libraries', () => {
    const wrong = imports.filter(
      each => !each.to.startsWith('src/') && !each.typeOnly && !libraryAllowed(each.from, each.to),
    )
    expect(wrong.map(each => `${each.from} -> ${each.to}`)).toEqual([])
  })

  it('sees what it should see', () => {
    expect(imports.length).toBeGreaterThan(100)
    expect(importsOf('src/format/x.ts', "import {a} from '../clients/tael/wire.ts'\nconst b = await import('ink')"))
      .toEqual([
        {from: 'src/format/x.ts', to: 'src/clients/tael/wire.ts', typeOnly: false},
        {from: 'src/format/x.ts', to: 'ink', typeOnly: false},
      ])
  })

  it.each([
    ['src/format/table.ts', 'src/cli/output.ts'],
    ['src/clients/tael/client.ts', 'src/clients/raft/client.ts'],
    ['src/clients/tael/client.ts', 'src/format/json.ts'],
    ['src/cli/command.ts', 'src/commands/tael/spans.ts'],
    ['src/ui/store.ts', 'src/clients/tael/client.ts'],
    ['src/sandbox/tael/server.ts', 'src/cli/io.ts'],
  ])('refuses %s -> %s', (from, to) => {
    expect(isAllowed(from, to)).toBe(false)
  })

  it.each([
    ['src/cli/command.ts', 'ink'], ['src/clients/raft/client.ts', '@nats-io/kv'],
    ['src/format/table.ts', '@oclif/core/flags'],
  ])(
    'refuses %s -> %s', (from, name) => {
      expect(libraryAllowed(from, name)).toBe(false)
    })
})

describe('the size of things', () => {
  const mostColumns = 120
  const mostLines = 250
  const texts = sources.map(file => ({file, lines: readFileSync(join(root, file), 'utf8').trimEnd().split('\n')}))

  it(`lines of src have at most ${mostColumns} columns`, () => {
    const long = texts.flatMap(({file, lines}) =>
      lines.flatMap((line, at) => (line.length > mostColumns ? [`${file}:${at + 1} has ${line.length}`] : [])))
    expect(long).toEqual([])
  })

  it(`files of src have at most ${mostLines} lines`, () => {
    const long = texts.filter(({lines}) => lines.length > mostLines)
    expect(long.map(({file, lines}) => `${file} has ${lines.length}`)).toEqual([])
  })
})

describe('the bundle', () => {
  const metafile = JSON.parse(readFileSync(join(root, 'dist/metafile.json'), 'utf8')) as {
    outputs: Record<string, {
      entryPoint?: string
      imports: {path: string; kind: string; external?: boolean}[]
      inputs: Record<string, unknown>
    }>
  }
  const heavyPackages = [
    'ink', 'react', 'react-reconciler', '@aws-sdk', '@smithy', '@nats-io', '@grpc', 'undici', 'hyparquet',
    'hyparquet-writer', 'hash-wasm', 'yaml',
  ]
  const heavy = new RegExp(`node_modules/(${heavyPackages.join('|')})/`)

  /** Everything that loading a file loads with it, without what it imports later. */
  function loadedWith(output: string, seen = new Set<string>()): Set<string> {
    if (seen.has(output)) return seen
    seen.add(output)
    for (const each of metafile.outputs[output]!.imports) {
      if (each.kind === 'import-statement' && !each.external) loadedWith(each.path, seen)
    }
    return seen
  }

  const entries = Object.entries(metafile.outputs).filter(
    ([, each]) => /^src\/(main|boot|core|commands\/)/.test(each.entryPoint ?? ''),
  )

  it('has every command', () => {
    const commands = globSync('src/commands/**/*.ts', {cwd: root})
    expect(entries.filter(([, each]) => each.entryPoint!.startsWith('src/commands/'))).toHaveLength(commands.length)
  })

  const loads = entries.map(([output, each]) => [each.entryPoint!, output] as const)
  it.each(loads)('%s loads no heavy library before it is used', (_, output) => {
    const inputs = [...loadedWith(output)].flatMap(each => Object.keys(metafile.outputs[each]!.inputs))
    expect(inputs.filter(each => heavy.test(each))).toEqual([])
  })
})
