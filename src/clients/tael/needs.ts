import type {LogFilter, SpanFilter} from './query.ts'

/*
 * What tael-server 0.5.14 takes without a word and does not do: it ignores attribute filters of logs, reads
 * the operators ~= and =~ as part of a key or a value, and its full text holds prompts and completions of
 * language models only. 0.5.15 is told by its route /info. (Compared on both servers with the same data.)
 */

/** Parts of a span filter that servers before 0.5.15 would misread. */
export function spanNeeds({attributes = []}: Pick<SpanFilter, 'attributes'>): string[] {
  return attributes.some(spec => /~=|=~/.test(spec)) ? ['attribute operators ~= and =~'] : []
}

/** Parts of a log filter that servers before 0.5.15 would ignore. */
export function logNeeds({attributes = []}: Pick<LogFilter, 'attributes'>): string[] {
  return attributes.length > 0 ? ['attribute filter for logs'] : []
}

/** What such a server leaves out of a full-text search. */
export const oldTextWarning = 'this server version searches prompts and completions of language models only, '
  + 'not attributes and logs (tael 0.5.15 searches all three)'
