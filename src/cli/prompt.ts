import {createInterface} from 'node:readline'
import {RefusedError} from '../clients/net/errors.ts'
import type {Io} from './io.ts'

/** Asks one line on stderr; undefined when the input ends. Ctrl-C leaves as it always does. */
export async function ask(io: Io, question: string): Promise<string | undefined> {
  const lines = createInterface({input: io.stdin, output: io.stderr, terminal: false})
  io.stderr.write(question)
  try {
    return await new Promise(resolve => {
      lines.once('line', resolve)
      lines.once('close', () => resolve(undefined))
    })
  } finally {
    lines.close()
  }
}

export interface Confirmation {
  /** What is about to happen, one sentence. */
  what: string
  /** The word to type where a typed name is asked for. */
  name: string
  /** Whether the context is dangerous, so that yes is not enough. */
  typed: boolean
  yes: boolean
  confirm: string | undefined
}

/** Returns when the operator agreed, throws RefusedError when not or when nobody can be asked. */
export async function confirm(io: Io, wanted: Confirmation): Promise<void> {
  if (wanted.confirm !== undefined) {
    if (wanted.confirm === wanted.name) return
    throw new RefusedError(`--confirm ${wanted.confirm} does not name the target "${wanted.name}"; nothing was changed`)
  }
  if (wanted.yes && !wanted.typed) return
  if (!io.stdin.isTTY || !io.stderr.isTTY) {
    throw new RefusedError(`${wanted.what}: not confirmed, nothing was changed`, {
      code: 'NOT_CONFIRMED',
      hint: wanted.typed ? `Confirm with --confirm ${wanted.name}` : 'Confirm with --yes, look first with --dry-run.',
    })
  }
  const answer = await ask(
    io, wanted.typed ? `${wanted.what}\nType "${wanted.name}" to go on: ` : `${wanted.what}\nGo on? [y/N] `,
  )
  const agreed = wanted.typed ? answer?.trim() === wanted.name : /^y(es)?$/i.test(answer?.trim() ?? '')
  if (!agreed) throw new RefusedError('not confirmed, nothing was changed', {code: 'NOT_CONFIRMED'})
}
