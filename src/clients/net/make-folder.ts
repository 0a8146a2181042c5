import {mkdir} from 'node:fs/promises'
import {dirname} from 'node:path'

/**
 * Makes a folder and those above it. Not by mkdir's own `recursive`, which never returns where the kernel answers
 * "no such file" for every level, as below /proc (seen with Node 22 and 24). Resolves with the
 * topmost folder that was made, if any was.
 */
export async function makeFolder(path: string, mode = 0o700): Promise<string | undefined> {
  try {
    await mkdir(path, {mode})
    return path
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return undefined
    const parent = dirname(path)
    if (code !== 'ENOENT' || parent === path) throw error
    const first = await makeFolder(parent, mode)
    await mkdir(path, {mode}).catch((again: NodeJS.ErrnoException) => {
      if (again.code !== 'EEXIST') throw again
    })
    return first ?? path
  }
}
