import type {OwnRows} from './own-rows.ts'
import {resources} from './resources.ts'

/** What a `:` line means. */
export type Command =
  | {kind: 'list'; resource: string; filter: string; own?: OwnRows}
  | {kind: 'context'; name: string}
  | {kind: 'overview'} | {kind: 'quit'} | {kind: 'help'} | {kind: 'unknown'; word: string}

const words: Record<string, Command> = {
  overview: {kind: 'overview'}, home: {kind: 'overview'}, q: {kind: 'quit'}, quit: {kind: 'quit'}, help: {kind: 'help'},
}

/** `:traces /checkout` is a screen with its filter, `:kv /app/` one with what it is to read. */
export function parseCommand(line: string): Command | undefined {
  const [, word = '', rest = ''] = /^\s*:?(\S*)\s*(.*)$/s.exec(line) ?? []
  if (word === '') return undefined
  const lower = word.toLowerCase()
  if (lower === 'ctx' || lower === 'context') return {kind: 'context', name: rest.trim()}
  if (Object.hasOwn(words, lower)) return words[lower]
  const found = resources.find(each => each.name === lower || each.aliases.includes(lower))
  if (!found) return {kind: 'unknown', word}
  if (found.own) return {kind: 'list', resource: found.name, filter: '', own: found.own(rest.trim())}
  return {kind: 'list', resource: found.name, filter: rest.replace(/^\//, '').trim()}
}

export interface Completion {
  text: string
  /** The words that are possible when there are several. */
  options: string[]
}

/** The longest completion that is certain: of the first word, and of the name of a context after `ctx`. */
export function complete(text: string, contexts: readonly string[] = []): Completion {
  const [, before = '', word = ''] = /^(ctx +|context +)?(\S*)$/i.exec(text) ?? []
  if (before + word !== text) return {text, options: []}
  const names = before === '' ? [...resources.map(each => each.name), 'overview', 'help', 'quit', 'ctx'] : contexts
  const {shared, options} = longest(word, names)
  return {text: before + shared, options}
}

/** Whether completing asks for the names of contexts. */
export const wantsContexts = (text: string): boolean => /^(ctx|context) /i.test(text)

function longest(word: string, names: readonly string[]): {shared: string; options: string[]} {
  const options = names.filter(name => name.toLowerCase().startsWith(word.toLowerCase()))
  if (options.length === 0) return {shared: word, options}
  let shared = options[0]!
  for (const option of options) while (!option.startsWith(shared)) shared = shared.slice(0, -1)
  return {shared: shared.length > word.length ? shared : word, options: options.length > 1 ? options : []}
}
