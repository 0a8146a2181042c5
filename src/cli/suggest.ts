import {UsageError} from '../clients/net/errors.ts'
import {readManifest, type Manifest} from './manifest.ts'
import type {ReportTarget} from './report.ts'

/** A usage error out of oclif's message, with the nearest command, flag or value that exists. */
export function usageError(message: string, {bin, argv}: Pick<ReportTarget, 'bin' | 'argv'>): UsageError {
  const text = tidy(message)
  const manifest = readManifest(bin)
  const absent = /^Missing \d+ required args?: (.*)/.exec(text)?.[1]
  if (absent) return new UsageError(`an argument is missing: ${absent}`, {code: 'MISSING_ARGUMENT', hint: flagHint(text, bin, argv, manifest)})
  return new UsageError(text, {hint: flagHint(text, bin, argv, manifest)})
}

/** Words that name no command, with the nearest that does. */
export function unknownCommand({bin, argv}: Pick<ReportTarget, 'bin' | 'argv'>): UsageError {
  const ids = Object.keys(readManifest(bin).commands).map(id => id.replaceAll(':', ' '))
  const typed = argv.filter(word => !word.startsWith('-')).slice(0, 3)
  const near = nearest(typed.slice(0, 2).join(' '), ids) ?? nearest(typed[0] ?? '', ids)
  return new UsageError(`"${typed.join(' ')}" is not a command of ${bin}`, {
    code: 'UNKNOWN_COMMAND',
    hint: near ? `Did you mean: ${bin} ${near}` : `See: ${bin} --help`,
  })
}

function flagHint(text: string, bin: string, argv: string[], manifest: Manifest): string {
  const words = argv.filter(word => !word.startsWith('-'))
  const id = [words.slice(0, 3), words.slice(0, 2), words.slice(0, 1)].map(part => part.join(':')).find(part => manifest.commands[part])
  const flag = /^Nonexistent flags?: --([\w-]+)/.exec(text)?.[1]
  const known = Object.keys(manifest.commands[id ?? '']?.flags ?? {})
  const near = flag ? nearest(flag, known) : undefined
  const value = /^Expected --([\w-]+)=(\S*) to be one of/.exec(text)
  const options = value && manifest.commands[id ?? '']?.flags?.[value[1]!]?.options
  const nearValue = value && options ? nearest(value[2]!, options) : undefined
  if (near) return `Did you mean: --${near}`
  if (nearValue) return `Did you mean: --${value![1]} ${nearValue}`
  return `See: ${bin} ${id ? `${id.replaceAll(':', ' ')} ` : ''}--help`
}

/** oclif adds pointers to its own help and colours; only the first sentence is worth keeping. */
function tidy(message: string): string {
  // eslint-disable-next-line no-control-regex
  const plain = message.replaceAll(/\u001b\[[\d;]*m/g, '').replace(/\nNote: [^]*$/, '')
  return plain.split('\n').map(line => line.trim()).filter(line => line && !/^(See more help|Note:|Alternatively)/.test(line)).join(' ')
}

/** The candidate within a third of the word's length in edits (at least two); undefined when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(word.length / 3))
  let best: {candidate: string; edits: number} | undefined
  for (const candidate of candidates) {
    const edits = distance(word, candidate)
    if (edits <= limit && (!best || edits < best.edits)) best = {candidate, edits}
  }
  return best?.candidate
}

/** Edits (insert, delete, replace, swap of neighbours) between two words. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({length: b.length + 1}, (_, at) => at)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let edits = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) edits = Math.min(edits, beforeLast[j - 2]! + 1)
      row.push(edits)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
