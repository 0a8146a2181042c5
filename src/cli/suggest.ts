import {UsageError, type OpsError} from '../clients/net/errors.ts'
import {nearest} from '../clients/net/nearest.ts'
import {readManifest, type Manifest} from './manifest.ts'
import type {ReportTarget} from './report.ts'

/** A usage error out of oclif's message, with the nearest command, flag or value that exists. */
export function usageError(message: string, {bin, argv}: Pick<ReportTarget, 'bin' | 'argv'>): UsageError {
  const text = tidy(message)
  const manifest = readManifest(bin)
  const hint = hintFor(text, bin, argv, manifest)
  const absent = /^Missing \d+ required args?: (.*)/.exec(text)?.[1]
  if (absent) return new UsageError(`an argument is missing: ${absent}`, {code: 'MISSING_ARGUMENT', hint})
  const flags = [...text.matchAll(/Missing required flag ([\w-]+)/g)].map(([, name]) => `--${name}`)
  if (flags.length > 0) {
    return new UsageError(`${flags.join(' and ')} ${flags.length > 1 ? 'are' : 'is'} missing`, {
      code: 'MISSING_FLAG', hint,
    })
  }
  return new UsageError(text, {hint})
}

/** An error of our own flag parsers without the sentence that oclif writes around it: `--limit: "x" is not …`. */
export function plainParse(error: OpsError): OpsError {
  const wrapped = /^Parsing (--[\w-]+) \n\t([^]*)\nSee more help with --help$/.exec(error.message)
  if (wrapped) error.message = `${wrapped[1]}: ${wrapped[2]}`
  return error
}

/** Words that name no command, with the nearest that does. */
export function unknownCommand({bin, argv}: Pick<ReportTarget, 'bin' | 'argv'>, topics: readonly string[]): UsageError {
  const manifest = readManifest(bin)
  const typed = commandWords(argv, manifest).slice(0, 3)
  if (typed[0] === 'help') return unknownTopic(bin, typed.slice(1), [...topics, ...topWords(manifest)])
  if (typed.length === 0) return new UsageError('no command is named', {
    code: 'UNKNOWN_COMMAND', hint: `See: ${bin} --help`,
  })
  const ids = Object.keys(manifest.commands).map(id => id.replaceAll(':', ' '))
  const near = nearest(typed.slice(0, 2).join(' '), ids) ?? nearest(typed[0] ?? '', [...ids, ...topWords(manifest)])
  return new UsageError(`"${typed.join(' ')}" is not a command of ${bin}`, {
    code: 'UNKNOWN_COMMAND',
    hint: near ? `Did you mean: ${bin} ${near}` : `See: ${bin} --help`,
  })
}

function unknownTopic(bin: string, typed: string[], known: string[]): UsageError {
  const near = nearest(typed[0] ?? '', known)
  return new UsageError(`there is no help on "${typed.join(' ')}"`, {
    code: 'UNKNOWN_TOPIC', hint: near ? `Did you mean: ${bin} help ${near}` : `See: ${bin} --help`,
  })
}

const topWords = (manifest: Manifest) => [...new Set(Object.keys(manifest.commands).map(id => id.split(':')[0]!))]

/** The typed words that are neither flags nor values of flags. */
function commandWords(argv: readonly string[], manifest: Manifest): string[] {
  const valued = new Set(Object.values(manifest.commands).flatMap(command => Object.values(command.flags))
    .filter(flag => flag.type === 'option').flatMap(flag => [
      `--${flag.name}`, ...(flag.char ? [`-${flag.char}`] : []),
    ]))
  return argv.filter((word, at) => !word.startsWith('-') && !(at > 0 && valued.has(argv[at - 1]!)))
}

function hintFor(text: string, bin: string, argv: string[], manifest: Manifest): string {
  const words = commandWords(argv, manifest)
  const id = [3, 2, 1].map(length => words.slice(0, length).join(':')).find(part => manifest.commands[part])
  const flags = manifest.commands[id ?? '']?.flags ?? {}
  const flag = /^Nonexistent flags?: --([\w-]+)/.exec(text)?.[1]
  const near = flag ? nearest(flag, Object.keys(flags)) : undefined
  if (near) return `Did you mean: --${near}`
  const value = /^Expected --([\w-]+)=(\S*) to be one of/.exec(text)
  const nearValue = value ? nearest(value[2]!, flags[value[1]!]?.options ?? []) : undefined
  if (nearValue) return `Did you mean: --${value![1]} ${nearValue}`
  return `See: ${bin} ${id ? `${id.replaceAll(':', ' ')} ` : ''}--help`
}

/** oclif adds pointers to its own help and colours; only the first sentence is worth keeping. */
function tidy(message: string): string {
  // eslint-disable-next-line no-control-regex
  const plain = message.replaceAll(/\u001b\[[\d;]*m/g, '').replace(/\nNote: [^]*$/, '')
  const lines = plain.split('\n').map(line => line.trim())
  return lines.filter(
    line => line && !/^(See more help|Note:|Alternatively|The following errors? occurred:$)/.test(line),
  ).join(' ')
    .replace(/^The following errors? occurred: /, '')
}
