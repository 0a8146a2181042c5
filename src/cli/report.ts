import {Exit, OpsError, type ExitCode} from '../clients/net/errors.ts'
import {escapeControl} from '../format/escape.ts'
import {toJson} from '../format/json.ts'
import type {Bin} from '../boot.ts'
import {plainParse, usageError} from './suggest.ts'

export interface ReportTarget {
  bin: Bin
  argv: string[]
  env: Record<string, string | undefined>
  stderr: {write(text: string): unknown}
}

/** The word beside each exit code in error documents; 0 to 6 as the Rust CLI names them. */
export const categories: Record<number, string> = {
  0: 'success', 1: 'failure', 2: 'no_results', 3: 'bad_query', 4: 'unreachable', 5: 'unauthorized', 6: 'condition_met',
  7: 'conflict', 8: 'wait_timeout', 9: 'partial', 10: 'lease_lost', 11: 'integrity', 12: 'refused',
}

/** Ends a command with a code after its output has already said everything, e.g. an empty list. */
export class QuietExit extends OpsError {
  constructor(exit: ExitCode | number) {
    super('QUIET', exit as ExitCode, '')
  }
}

/** Says once, on stderr, what went wrong, and returns the exit code. */
export function report(error: unknown, target: ReportTarget): number {
  if (error instanceof QuietExit) return error.exit
  const known = classify(error, target)
  if (known.exit === Exit.ok) return 0
  const document = errorDocument(known)
  target.stderr.write(wantsJson(target) ? `${toJson(document)}\n` : errorText(target.bin, known, isDebug(target)))
  return known.exit
}

/** One line of JSON; the first three members are the Rust CLI's. */
function errorDocument(error: OpsError): Record<string, unknown> {
  return {
    error: error.message,
    category: categories[error.exit] ?? 'failure',
    exit_code: error.exit,
    code: error.code,
    endpoint: error.endpoint,
    hint: error.hint,
    details: error.details,
    causes: causes(error),
  }
}

/** Where it happened is half of what is wrong with a system; a conflict or a miss is about the thing itself. */
const placed: number[] = [Exit.failure, Exit.unreachable, Exit.unauthorized]

function errorText(bin: Bin, error: OpsError, debug: boolean): string {
  const lines = [`${bin}: ${escapeControl(error.message)}`]
  for (const cause of causes(error) ?? []) lines.push(`  because: ${escapeControl(cause)}`)
  if (placed.includes(error.exit) && error.endpoint && !lines.join().includes(error.endpoint)) {
    lines.push(`  at ${escapeControl(error.endpoint)}`)
  }
  if (error.hint) lines.push(...error.hint.split('\n').map(line => `  ${escapeControl(line)}`))
  if (debug && error.stack) lines.push(error.stack)
  return `${lines.join('\n')}\n`
}

/** The messages below an error that say something it does not say itself. */
function causes(error: OpsError): string[] | undefined {
  const texts: string[] = []
  let said = error.message
  for (let cause = error.cause; cause instanceof Error && texts.length < 5; cause = cause.cause) {
    if (cause.message && !said.includes(cause.message)) texts.push(cause.message)
    said += cause.message
  }
  return texts.length > 0 ? texts : undefined
}

/** Turns whatever was thrown into one of ours: oclif's complaints are usage errors, the rest is unexpected. */
function classify(error: unknown, target: ReportTarget): OpsError {
  if (error instanceof OpsError) return plainParse(error)
  const oclif = error as {oclif?: {exit?: number}; code?: string; message?: string; stack?: string}
  if (oclif?.code === 'EEXIT') return new QuietExit(oclif.oclif?.exit ?? 0)
  if (oclif?.oclif) {
    return usageError(oclif.message ?? '', target)
  }
  const failure = new OpsError('INTERNAL', Exit.failure, `unexpected: ${(error as Error)?.message ?? String(error)}`, {
    hint: 'This is a fault of opsdeck itself. Run again with OPSDECK_DEBUG=1 for the place where it happened.',
  })
  if (error instanceof Error && error.stack) failure.stack = error.stack
  return failure
}

/** Whether the caller reads machine formats; told from the raw words, since parsing may be what failed. */
function wantsJson({argv, env}: ReportTarget): boolean {
  const end = argv.indexOf('--')
  const words = end < 0 ? argv : argv.slice(0, end)
  const machine = (value: string | undefined) => value === 'json' || value === 'jsonl'
  const flagged = words.some((word, at) =>
    (['-o', '--output', '--format'].includes(word) && machine(words[at + 1]))
    || /^(--output=|--format=|-o=?)(json|jsonl)$/.test(word))
  const other = words.some(word => /^(-o|--output|--format)/.test(word))
  return flagged || (!other && machine(env['OPSDECK_OUTPUT']))
}

function isDebug({env}: ReportTarget): boolean {
  return Boolean(env['OPSDECK_DEBUG'])
}
