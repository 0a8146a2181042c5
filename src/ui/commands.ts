import {resources} from './resources.ts'

/** What a `:` line means. */
export type Command = {kind: 'list'; resource: string; filter: string} | {kind: 'overview'} | {kind: 'quit'} | {kind: 'help'} | {kind: 'unknown'; word: string}

const words: Record<string, Command> = {
  overview: {kind: 'overview'}, home: {kind: 'overview'}, q: {kind: 'quit'}, quit: {kind: 'quit'}, help: {kind: 'help'},
}

/** `:traces /checkout` is a screen with its filter. */
export function parseCommand(line: string): Command | undefined {
  const [, word = '', rest = ''] = /^\s*:?(\S*)\s*(.*)$/.exec(line) ?? []
  if (word === '') return undefined
  const lower = word.toLowerCase()
  if (Object.hasOwn(words, lower)) return words[lower]
  const found = resources.find(each => each.name === lower || each.aliases.includes(lower))
  return found ? {kind: 'list', resource: found.name, filter: rest.replace(/^\//, '').trim()} : {kind: 'unknown', word}
}

/** The longest completion that is certain; the words that are possible when there are several. */
export function complete(text: string): {text: string; options: string[]} {
  if (text.includes(' ')) return {text, options: []}
  const names = [...resources.map(each => each.name), 'overview', 'help', 'quit']
  const options = names.filter(name => name.startsWith(text.toLowerCase()))
  if (options.length === 0) return {text, options}
  let shared = options[0]!
  for (const option of options) while (!option.startsWith(shared)) shared = shared.slice(0, -1)
  return {text: shared.length > text.length ? shared : text, options: options.length > 1 ? options : []}
}
