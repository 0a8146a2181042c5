import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {UsageError} from '../clients/net/errors.ts'
import {spanId, traceId} from '../clients/tael/trace-id.ts'
import {maxLimit, metricTypes, severities, statuses} from '../clients/tael/query.ts'
import {count, countOr, duration} from './flags.ts'

/** Where the server is, in the Rust CLI's words, and its document instead of ours. */
export const taelFlags = {
  format: Flags.option({
    options: ['json', 'table'] as const, helpGroup: 'OUTPUT', exclusive: ['output'], env: 'OPSDECK_FORMAT',
    summary: 'json: the document exactly as the server gave it, as the Rust tael prints it',
  })(),
  server: Flags.string({
    helpGroup: 'CONNECTION', env: 'OPSDECK_SERVER', summary: 'Server address instead of the context\'s',
    helpValue: 'url',
  }),
  'port-rest': count({
    helpGroup: 'CONNECTION', min: 1, max: 65_535, summary: 'Short for --server http://127.0.0.1:PORT',
    helpValue: 'port',
  }),
  'unix-socket': Flags.string({helpGroup: 'CONNECTION', summary: 'Short for --server unix://PATH', helpValue: 'path'}),
  'api-key': Flags.string({
    helpGroup: 'CONNECTION', helpValue: 'env://NAME',
    summary: 'Reference to the API key (env://, file://, exec://); TAEL_API_KEY is used by itself',
  }),
  shard: Flags.string({
    helpGroup: 'CONNECTION', multiple: true, multipleNonGreedy: true, helpValue: 'name',
    summary: 'Only these shards of the context; repeat it',
  }),
  via: Flags.option({
    options: ['shards', 'query-tier'] as const, helpGroup: 'CONNECTION', exclusive: ['shard'],
    summary: 'Ask every shard and merge (default when the context names shards), or the query tier at tael.url',
  })(),
  'allow-partial': Flags.boolean({
    helpGroup: 'CONNECTION', env: 'OPSDECK_ALLOW_PARTIAL',
    summary: 'Exit 0 although a shard is missing from the answer',
  }),
}

const idOf = {ignoreStdin: true, parse: async (text: string) => traceId(text)}

/** A trace id, checked and folded to lower case before anything is asked. */
export const traceArg = Args.string({name: 'trace', description: 'Trace id', required: true, ...idOf})
export const optionalTraceArg = Args.string({name: 'trace', description: 'Trace id', required: false, ...idOf})

export const baselineFlag = {
  baseline: duration({helpGroup: 'WINDOW', summary: 'Window to compare against; six times the current one by default'}),
}

export function traceFlag(summary: string, helpGroup?: string) {
  return Flags.string({helpGroup, summary, helpValue: 'id', parse: async text => traceId(text)})
}

export const spanFlag = {
  'span-id': Flags.string({summary: 'The span it is about', helpValue: 'id', parse: async text => spanId(text)}),
}

/**
 * A word that a query looks for. An empty one is refused: in a script it is a variable that nobody set, and what it
 * finds, nothing or everything, would look like an answer.
 */
export function wordFlag(name: string, options: {summary: string; helpValue: string; env?: string}) {
  const parse = async (text: string) => {
    if (text.trim() !== '') return text
    throw new UsageError(`--${name} is empty`, {code: 'EMPTY_FILTER', hint: 'Leave it out to look for all of them.'})
  }
  return Flags.string({helpGroup: 'FILTER', ...options, parse})
}

/** The window of a query. */
export const windowFlags = {
  since: Flags.string({
    helpGroup: 'WINDOW', env: 'OPSDECK_SINCE',
    summary: 'From so long ago, or from a time: 15m, 2h, 7d, 10:00, 2026-11-21T10:00Z', helpValue: 'when',
  }),
  last: Flags.string({
    helpGroup: 'WINDOW', summary: 'The same as --since, as the Rust tael spells it', helpValue: 'when',
  }),
}

/** For lists, whose end can be cut here; reports of the server always end now. */
export const untilFlag = {
  until: Flags.string({
    helpGroup: 'WINDOW', env: 'OPSDECK_UNTIL', summary: 'Up to so long ago, or up to a time', helpValue: 'when',
  }),
}

export const serviceFlag = {
  service: wordFlag('service', {env: 'OPSDECK_SERVICE', summary: 'Only this service', helpValue: 'name'}),
}

export const attributeFlag = {
  attribute: Flags.string({
    helpGroup: 'FILTER', multiple: true, multipleNonGreedy: true, helpValue: 'key=value',
    summary: 'key=value, key~=part or key=~regex; repeat it, all must hold',
  }),
}

export const spanFilterFlags = {
  ...serviceFlag,
  operation: wordFlag('operation', {summary: 'Part of the operation, case-sensitive', helpValue: 'text'}),
  'min-duration': duration({
    helpGroup: 'FILTER', bareUnit: 'ms', summary: 'At least this long; a bare number is milliseconds',
  }),
  'max-duration': duration({helpGroup: 'FILTER', bareUnit: 'ms', summary: 'At most this long'}),
  status: Flags.option({helpGroup: 'FILTER', options: statuses, summary: 'ok, error or unset'})(),
  ...attributeFlag,
  text: wordFlag('text', {
    summary: 'Words of the full-text index, with AND, OR, NOT and "phrases"', helpValue: 'words',
  }),
}

export const severityFlag = {
  severity: Flags.option({helpGroup: 'FILTER', options: severities, summary: 'Exactly this severity'})(),
}
export const metricTypeFlag = {
  type: Flags.option({helpGroup: 'FILTER', options: metricTypes, summary: 'Only metrics of this type'})(),
}

export function limitFlag(fallback: number, summary: string, min = 0) {
  return {limit: countOr(fallback, {helpGroup: 'FILTER', env: 'OPSDECK_LIMIT', min, max: maxLimit, summary})}
}

/** The span filter out of parsed flags. */
export function spanFilter(flags: {
  service?: string; operation?: string; 'min-duration'?: number; 'max-duration'?: number
  status?: (typeof statuses)[number]; attribute?: string[]; text?: string
}) {
  const {service, operation, status, text} = flags
  const {'min-duration': minDurationMs, 'max-duration': maxDurationMs, attribute: attributes} = flags
  if (minDurationMs !== undefined && maxDurationMs !== undefined && minDurationMs > maxDurationMs) {
    throw new UsageError('--min-duration is above --max-duration', {code: 'BAD_DURATIONS'})
  }
  return {service, operation, status, text, minDurationMs, maxDurationMs, attributes}
}
