// Writes schemas/BIN-WORDS.json, one a command, from the types in outputs.ts; `--check` only says what is stale.
import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {createGenerator} from 'ts-json-schema-generator'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'schemas')

/** `CtlTaskList` is the type of `ctl task list`; a `Line` at the end is what -o jsonl prints line by line. */
export function fileOf(type: string): string {
  return `${type.replace(/Line$/, '').replaceAll(/(?<=.)([A-Z])/g, '-$1').toLowerCase()}.json`
}

/** Every schema: name of its file, and its text. */
export function schemas(): Map<string, string> {
  const path = join(root, 'scripts/outputs.ts')
  const types = [...readFileSync(path, 'utf8').matchAll(/^export (?:type|interface) (\w+)/gm)].map(([, name]) => name!)
  const generator = createGenerator({
    path, tsconfig: join(root, 'tsconfig.json'), expose: 'none', additionalProperties: false, skipTypeCheck: true,
    topRef: false, sortProps: false,
  })
  return new Map(types.map(type => {
    const {$schema: _, definitions, ...schema} = generator.createSchema(type)
    const isLine = type.endsWith('Line')
    const document = {
      $schema: 'http://json-schema.org/draft-07/schema#', $id: `opsdeck/${fileOf(type)}`,
      $comment: isLine
        ? 'One line of -o jsonl.'
        : 'The document of -o json; -o jsonl prints each member of its items as a line.',
      ...schema, ...(definitions && Object.keys(definitions).length > 0 ? {definitions} : {}),
    }
    return [fileOf(type), `${JSON.stringify(document, undefined, 2)}\n`]
  }))
}

/** Files that differ from what would be written. */
export function staleSchemas(): string[] {
  const wanted = schemas()
  const found = readdirSync(folder)
  const differs = (name: string) =>
    !found.includes(name) || readFileSync(join(folder, name), 'utf8') !== wanted.get(name)
  return [...[...wanted.keys()].filter(differs), ...found.filter(name => !wanted.has(name))].sort()
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (process.argv.includes('--check')) {
    const old = staleSchemas()
    for (const name of old) console.error(`stale: schemas/${name}`)
    process.exitCode = old.length > 0 ? 1 : 0
  } else {
    const wanted = schemas()
    rmSync(folder, {recursive: true, force: true})
    mkdirSync(folder)
    for (const [name, text] of wanted) writeFileSync(join(folder, name), text)
  }
}
