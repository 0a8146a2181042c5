import {readFile, stat} from 'node:fs/promises'
import {OpsError, UsageError, type ExitCode} from '../clients/net/errors.ts'
import {wrapperExit} from './child.ts'

/** Where a command under a lease leaves the version bytes of its export, as hex. */
export type CursorPlace = {kind: 'none'} | {kind: 'file'; path: string} | {kind: 'fd'; fd: number}

/** `fd:3` is a descriptor, anything else a file. */
export function cursorPlace(text: string | undefined): CursorPlace {
  if (text === undefined) return {kind: 'none'}
  const [, digits] = /^fd:(.*)$/.exec(text) ?? []
  if (digits === undefined) return {kind: 'file', path: text}
  if (/^[3-9]$/.test(digits)) return {kind: 'fd', fd: Number(digits)}
  throw new UsageError(`--cursor-from ${text} is not a descriptor for the command`, {hint: 'fd:3 to fd:9, or a file.'})
}

/** The cursor in what the command wrote: hex with white space around it, or nothing. */
export function cursorIn(text: string, where: string): string {
  const hex = text.trim().toLowerCase()
  if (/^([0-9a-f]{2})*$/.test(hex)) return hex
  throw cursorError(`${where} holds no cursor: ${JSON.stringify(hex.slice(0, 40))}`)
}

/** A cursor file as it was before the command ran; undefined when there was none. */
export async function stampOf(path: string): Promise<string | undefined> {
  const found = await stat(path, {bigint: true}).catch(() => undefined)
  return found && `${found.ino} ${found.mtimeNs} ${found.size}`
}

/** A file that the command did not write tells of an earlier export, so it is refused. */
export async function cursorFromFile(path: string, before: string | undefined): Promise<string> {
  if (before !== undefined && (await stampOf(path)) === before) {
    throw cursorError(`${path} was not written by the command`)
  }
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw cursorError(`${path}: ${cause.code ?? 'cannot be read'}`, cause)
  })
  return cursorIn(text, path)
}

function cursorError(message: string, cause?: unknown): OpsError {
  return new OpsError('BAD_CURSOR', wrapperExit.wrapper as number as ExitCode, `${message}; the lease was given back`, {
    cause, hint: 'Version bytes as hex, two digits a byte: 000000000002d093',
  })
}
