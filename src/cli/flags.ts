import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {UsageError} from '../clients/net/errors.ts'
import {outputFormats} from './output.ts'
import {parseDurationMs} from './quantity.ts'

const env = (name: string) => `OPSDECK_${name.toUpperCase().replaceAll('-', '_')}`

/** How results are written. */
export const outputFlags = {
  output: Flags.option({
    char: 'o', options: outputFormats, default: 'table' as const, env: env('output'), helpGroup: 'OUTPUT',
    summary: 'table, wide, json, jsonl, yaml, csv or name',
  })(),
  columns: Flags.string({
    helpGroup: 'OUTPUT', env: env('columns'), summary: 'Columns of table and csv, comma-separated', helpValue: 'a,b',
  }),
  'sort-by': Flags.string({
    helpGroup: 'OUTPUT', env: env('sort-by'), summary: 'Sort by a column; -name for descending', helpValue: '[-]column',
  }),
  'no-headers': Flags.boolean({helpGroup: 'OUTPUT', env: env('no-headers'), summary: 'Leave out the header line'}),
  color: Flags.option({
    options: ['auto', 'always', 'never'] as const, default: 'auto' as const, env: env('color'), helpGroup: 'OUTPUT',
    summary: 'Colour; NO_COLOR is obeyed too',
  })(),
  'no-color': Flags.boolean({helpGroup: 'OUTPUT', hidden: true, summary: 'The same as --color never'}),
  'no-pager': Flags.boolean({
    helpGroup: 'OUTPUT', env: env('no-pager'), summary: 'Never open a pager; only long single things ever do',
  }),
  quiet: Flags.boolean({char: 'q', helpGroup: 'OUTPUT', env: env('quiet'), summary: 'Only data and errors'}),
  verbose: Flags.boolean({
    char: 'v', helpGroup: 'OUTPUT', env: env('verbose'), summary: 'Say on stderr what is asked of whom, and each retry',
  }),
}

/** Which systems, and how patiently. */
export const connectionFlags = {
  context: Flags.string({
    char: 'c', helpGroup: 'CONNECTION', env: env('context'), summary: 'Context to use instead of the current one',
    helpValue: 'name',
  }),
  timeout: durationOr(10_000, '10s', {
    helpGroup: 'CONNECTION', env: env('timeout'), summary: 'Time limit of each request',
  }),
  'connect-timeout': durationOr(2_000, '2s', {
    helpGroup: 'CONNECTION', env: env('connect-timeout'), summary: 'Time limit of setting up a connection',
  }),
  retries: countOr(2, {
    helpGroup: 'CONNECTION', env: env('retries'),
    summary: 'New tries of reads that met a busy server; writes are never repeated blindly',
  }),
}

/** For commands that change something. */
export const changeFlags = {
  'dry-run': Flags.boolean({helpGroup: 'CHANGE', summary: 'Show the exact change as a diff and write nothing'}),
  yes: Flags.boolean({char: 'y', helpGroup: 'CHANGE', env: env('yes'), summary: 'Do not ask'}),
  confirm: Flags.string({helpGroup: 'CHANGE', summary: 'Confirm by naming the target, for scripts', helpValue: 'name'}),
  reason: Flags.string({helpGroup: 'CHANGE', env: env('reason'), summary: 'Why, for the audit log', helpValue: 'text'}),
  readonly: Flags.boolean({helpGroup: 'CHANGE', env: env('readonly'), summary: 'Refuse to change anything'}),
}

interface Common {
  summary: string
  helpGroup?: string
  helpValue?: string
  env?: string
  /** Flags that it makes no sense without. */
  dependsOn?: string[]
}

interface DurationOptions extends Common {
  /** What a plain number means; seconds by default. */
  bareUnit?: 's' | 'ms'
  /** The shortest that makes sense; a shorter one is refused. */
  minMs?: number
  /** Why, in words. */
  minWhy?: string
}

/** A flag that takes a length of time and gives milliseconds. */
export function duration({bareUnit = 's', minMs = 0, minWhy, ...rest}: DurationOptions) {
  return Flags.custom<number>({
    helpValue: '500ms|10s|2m', parse: async text => durationFrom(text, bareUnit, minMs, minWhy),
  })(rest)
}

/** The same with a default, which help shows as `shown`. */
export function durationOr(
  fallbackMs: number, shown: string, {bareUnit = 's', minMs = 0, minWhy, ...rest}: DurationOptions,
) {
  return Flags.custom<number>({
    helpValue: '500ms|10s|2m', parse: async text => durationFrom(text, bareUnit, minMs, minWhy),
  })({
    ...rest, default: fallbackMs, defaultHelp: async () => shown,
  })
}

function durationFrom(text: string, bareUnit: 's' | 'ms', minMs: number, minWhy: string | undefined): number {
  const value = parseDurationMs(text, {bareUnit})
  if (value < minMs) throw new UsageError(
    `"${text}" is too short: ${minMs} ms is the least${minWhy ? `, since ${minWhy}` : ''}`, {code: 'BAD_DURATION'},
  )
  return value
}

interface CountOptions extends Common {
  min?: number
  max?: number
}

/** A flag that takes a whole number. */
export function count({min = 0, max = Number.MAX_SAFE_INTEGER, ...rest}: CountOptions) {
  return Flags.custom<number>({helpValue: 'n', parse: async text => wholeNumber(text, min, max)})(rest)
}

/** The same with a default. */
export function countOr(fallback: number, {min = 0, max = Number.MAX_SAFE_INTEGER, ...rest}: CountOptions) {
  return Flags.custom<number>({helpValue: 'n', parse: async text => wholeNumber(text, min, max)})({
    ...rest, default: fallback,
  })
}

export function wholeNumber(text: string, min: number, max: number): number {
  const value = Number(text.replaceAll('_', ''))
  if (!/^\d[\d_]*$/.test(text) || value < min || value > max) {
    throw new UsageError(
      `"${text}" is not a whole number from ${min}${max < Number.MAX_SAFE_INTEGER ? ` to ${max}` : ''}`,
    )
  }
  return value
}

/** A positional argument. oclif would read a missing optional one from stdin; ours never do. */
export function arg(name: string, description: string) {
  return Args.string({name, description, required: true, ignoreStdin: true})
}

export function optionalArg(name: string, description: string) {
  return Args.string({name, description, required: false, ignoreStdin: true})
}

/** All the words that follow, in their order. */
export function words(name: string, description: string) {
  return Args.string({name, description, required: false, multiple: true, ignoreStdin: true})
}
