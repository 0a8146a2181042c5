/** What the words ask for. */
export type Dispatch =
  /** A command by its words, `['task', 'claim']`, with the flags and arguments that are left for it. */
  | {kind: 'command'; path: string[]; argv: string[]}
  /** Help on the bin, a folder of commands, a command or a topic. */
  | {kind: 'help'; path: string[]}
  /** They begin with no command. */
  | {kind: 'unknown'; path: string[]}

const word = /^[a-z][a-z0-9-]*$/
const deepest = 3

/** Shared flags without a value; any other that stands before the command takes one. */
const switches = new Set([
  '-q', '--quiet', '-v', '--verbose', '--no-headers', '--no-color', '--no-pager', '-y', '--yes', '--dry-run',
  '--readonly',
])

/**
 * Finds the command by the longest run of leading words that `exists`. Shared flags may stand before the
 * command, as the Rust CLI allows, and are handed to it first.
 */
export function dispatch(argv: readonly string[], exists: (path: string[]) => boolean): Dispatch {
  const end = argv.indexOf('--')
  const own = end < 0 ? argv : argv.slice(0, end)
  const at = leadingFlags(own)
  const words = leadingWords(own.slice(at))
  if (own.includes('--help') || own.includes('-h')) return {kind: 'help', path: leadingWords(own)}
  if (words[0] === 'help') return {kind: 'help', path: words.slice(1)}
  for (let length = Math.min(deepest, words.length); length > 0; length -= 1) {
    const path = words.slice(0, length)
    if (exists(path)) return {kind: 'command', path, argv: [...argv.slice(0, at), ...argv.slice(at + length)]}
  }
  return words.length === 0 && own.length === 0 ? {kind: 'help', path: []} : {kind: 'unknown', path: words}
}

function leadingWords(argv: readonly string[]): string[] {
  const stop = argv.findIndex(each => !word.test(each))
  return stop < 0 ? [...argv] : argv.slice(0, stop)
}

/** How many words before the command are flags and their values. */
function leadingFlags(argv: readonly string[]): number {
  let at = 0
  while (at < argv.length && argv[at]!.startsWith('-') && argv[at] !== '--') {
    at += switches.has(argv[at]!) || argv[at]!.includes('=') ? 1 : 2
  }
  return at
}
