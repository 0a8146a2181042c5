import {createInterface} from 'node:readline'
import {OpsError, RefusedError, type ExitCode} from '../clients/net/errors.ts'
import type {SignalSource} from './child.ts'
import {HeldSignals} from './hold-signals.ts'
import type {Io} from './io.ts'

/**
 * Asks one line on stderr; undefined when the input ends. Ctrl-C, TERM and HUP end the question at once, also in a
 * command that keeps them for later, which has changed nothing yet.
 */
async function ask(io: Io, question: string, signals: SignalSource = process): Promise<string | undefined> {
  const interruption = new HeldSignals(signals)
  const lines = createInterface({input: io.stdin, output: io.stderr, terminal: false})
  interruption.hold()
  io.stderr.write(question)
  try {
    return await new Promise((resolve, reject) => {
      lines.once('line', resolve)
      lines.once('close', () => resolve(undefined))
      interruption.signal.addEventListener('abort', () => reject(interrupted(io, interruption.code!)), {once: true})
    })
  } finally {
    lines.close()
    interruption.release()
  }
}

function interrupted(io: Io, code: number): OpsError {
  io.stderr.write('\n')
  return new OpsError('INTERRUPTED', code as ExitCode, 'interrupted, nothing was changed')
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
export async function confirm(io: Io, wanted: Confirmation, signals: SignalSource = process): Promise<void> {
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
  const question = wanted.typed ? `Type "${wanted.name}" to go on: ` : 'Go on? [y/N] '
  const answer = await ask(io, `${wanted.what}\n${question}`, signals)
  const agreed = wanted.typed ? answer?.trim() === wanted.name : /^y(es)?$/i.test(answer?.trim() ?? '')
  if (!agreed) throw new RefusedError('not confirmed, nothing was changed', {code: 'NOT_CONFIRMED'})
}
