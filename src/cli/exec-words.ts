import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {ConflictError, UsageError} from '../clients/net/errors.ts'
import {count, durationOr} from './flags.ts'
import type {Io} from './io.ts'
import {QuietExit} from './report.ts'

/* What the commands share that run a program while they hold something. */

export const commandArg = Args.string({
  name: 'command', description: 'After --: the program and its arguments', required: true, multiple: true,
  ignoreStdin: true,
})

/** The program and its arguments; `example` is the command line up to `--`. */
export function commandOf(words: unknown, argv: readonly string[], example: string): string[] {
  if (argv.includes('--')) return words as string[]
  throw new UsageError('write -- before the command', {hint: `${example} -- CMD…`})
}

export const childFlags = {
  'kill-after': durationOr(5_000, '5s', {
    helpGroup: 'CHILD', summary: 'From TERM to KILL when the command is stopped',
  }),
  stdin: Flags.option({
    helpGroup: 'CHILD', options: ['inherit', 'none'] as const, default: 'inherit' as const,
    summary: 'What the command reads',
  })(),
}

export function conflictFlag(helpGroup: string, what: string) {
  return {
    'conflict-exit-code': count({helpGroup, max: 255, summary: `Exit code when ${what}, instead of 7`}),
  }
}

/** For `catch`: leaves with the code that was chosen for conflicts, if one was. */
export function conflictExit(io: Pick<Io, 'stderr'>, code: number | undefined): (error: unknown) => never {
  return error => {
    if (!(error instanceof ConflictError) || code === undefined) throw error
    io.stderr.write(`ctl: ${error.message}\n`)
    throw new QuietExit(code)
  }
}
