// Draws the dashboard's pictures (docs/pictures) and the stored screens of its tests; `--check` says what is stale.
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {pictures} from '../test/ui/scene/pictures.ts'
import {screens} from '../test/ui/scene/screens.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folders = ['docs/pictures', 'test/ui/screens']

/** Every drawn file: path below the root, and its text. */
export async function drawings(): Promise<Map<string, string>> {
  return new Map([...await pictures(), ...await screens()])
}

/** What is not as it is drawn now, or is drawn no more. */
export function staleDrawings(drawn: Map<string, string>): string[] {
  const path = (name: string) => join(root, name)
  const stale = [...drawn].filter(
    ([name, text]) => !existsSync(path(name)) || readFileSync(path(name), 'utf8') !== text,
  ).map(([name]) => name)
  const kept = folders.filter(folder => existsSync(path(folder))).flatMap(
    folder => readdirSync(path(folder)).map(name => `${folder}/${name}`),
  )
  return [...stale, ...kept.filter(name => !drawn.has(name))]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const drawn = await drawings()
  const stale = staleDrawings(drawn)
  if (process.argv.includes('--check')) {
    if (stale.length > 0) console.error(`stale: ${stale.join(', ')}; npm run pictures`)
    process.exitCode = stale.length > 0 ? 1 : 0
  } else {
    for (const name of stale) {
      const text = drawn.get(name)
      if (text === undefined) rmSync(join(root, name))
      else {
        mkdirSync(dirname(join(root, name)), {recursive: true})
        writeFileSync(join(root, name), text)
      }
    }
    console.log(stale.length === 0 ? 'nothing was stale' : `drawn: ${stale.join(', ')}`)
  }
}
