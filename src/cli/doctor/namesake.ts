import {access, constants, readFile, realpath} from 'node:fs/promises'
import {join} from 'node:path'
import {findings, type Finding} from './finding.ts'

const {ok, warn} = findings('config')

/** There is a Rust program of the same name; whichever the PATH has first is the one that runs. */
export async function namesakeFinding(env: Record<string, string | undefined>): Promise<Finding> {
  const first = await firstOnPath('tael', (env['PATH'] ?? '').split(':').filter(Boolean))
  if (first === undefined) return ok('tael on PATH', 'none')
  if (await isOurs(first)) return ok('tael on PATH', first)
  return warn(
    'tael on PATH', `${first} is another program, and comes first`,
    'call opsdeck-tael, or put our folder first on the PATH',
  )
}

async function firstOnPath(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, name)
    if (await access(path, constants.X_OK).then(() => true, () => false)) return path
  }
  return undefined
}

/** Ours is a link to bin/tael.js, or a wrapper that names it. */
async function isOurs(path: string): Promise<boolean> {
  const target = await realpath(path)
  if (target.endsWith(join('bin', 'tael.js'))) return true
  const head = (await readFile(target).catch(() => Buffer.alloc(0))).subarray(0, 4_096).toString()
  return head.includes('opsdeck')
}
