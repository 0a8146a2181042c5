/** Which command the words name, and what is left for it. */
export interface Dispatch {
  /** Command words, as folders and file: `['task', 'claim']`. */
  path: string[]
  /** Flags and arguments, in their order. */
  argv: string[]
}

const word = /^[a-z][a-z0-9-]*$/
const deepest = 3

/** Shared flags without a value; any other that stands before the command takes one. */
const switches = new Set(['-q', '--quiet', '-v', '--verbose', '--no-headers', '--no-color', '-y', '--yes', '--dry-run', '--readonly'])

/**
 * Finds the command by the longest run of leading words that `exists`; undefined when there is none or when
 * help is asked for, which is then oclif's to answer. Shared flags may stand before the command, as the
 * Rust CLI allows, and are handed to it first.
 */
export function dispatch(argv: readonly string[], exists: (path: string[]) => boolean): Dispatch | undefined {
  if (asksForHelp(argv)) return undefined
  const at = leadingFlags(argv)
  const rest = argv.slice(at)
  for (let length = Math.min(deepest, rest.length); length > 0; length -= 1) {
    const path = rest.slice(0, length)
    if (path.every(each => word.test(each)) && exists(path)) {
      return {path, argv: [...argv.slice(0, at), ...rest.slice(length)]}
    }
  }
  return undefined
}

function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  const own = end < 0 ? argv : argv.slice(0, end)
  return own.length === 0 || own[0] === 'help' || own.includes('--help') || own.includes('-h')
}

/** How many words before the command are flags and their values. */
function leadingFlags(argv: readonly string[]): number {
  let at = 0
  while (at < argv.length && argv[at]!.startsWith('-') && argv[at] !== '--') {
    at += switches.has(argv[at]!) || argv[at]!.includes('=') ? 1 : 2
  }
  return at
}
