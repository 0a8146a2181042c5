import {chmod, readFile, rm, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {UnreachableError, UsageError} from '../clients/net/errors.ts'
import {makeFolder} from '../clients/net/make-folder.ts'
import type {Io} from './io.ts'
import {stateFolder} from './state-folder.ts'

/** Where a running sandbox takes commands; the token is worth as much as the sandbox's life. */
export interface SandboxState {
  url: string
  token: string
  pid: number
}

/** $XDG_STATE_HOME/opsdeck/sandbox/NAME.json, NAME being the context that the sandbox wrote. */
export function sandboxStateFile(io: Pick<Io, 'env' | 'homeDir'>, name: string): string {
  const folder = stateFolder(io)
  if (folder) return join(folder, 'sandbox', `${name}.json`)
  throw new UsageError('no home folder is known', {hint: 'Set XDG_STATE_HOME to a folder for state.'})
}

/** Writes it for this account's eyes only. */
export async function writeSandboxState(path: string, state: SandboxState): Promise<void> {
  await makeFolder(dirname(path))
  await writeFile(path, `${JSON.stringify(state)}\n`, {mode: 0o600})
  await chmod(path, 0o600)
}

export async function readSandboxState(path: string, name: string): Promise<SandboxState> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as SandboxState
  } catch (cause) {
    throw new UnreachableError(`no sandbox "${name}" is running`, {
      code: 'NO_SANDBOX', hint: `Start one: ctl sandbox${name === 'sandbox' ? '' : ` --name ${name}`}`, cause,
    })
  }
}

/** Removes it; false when another sandbox of the same name has taken its place, to which the context belongs then. */
export async function removeSandboxState(path: string, pid: number): Promise<boolean> {
  const owner = await readSandboxState(path, '').then(state => state.pid, () => pid)
  if (owner !== pid) return false
  await rm(path, {force: true})
  return true
}
