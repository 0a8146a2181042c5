import {fileURLToPath} from 'node:url'
import type {Bin} from '../boot.ts'
import {complete, shells, type Candidate, type Completion, type Shell} from './completion.ts'
import {readCommandLine} from './completion-line.ts'
import {completionScript} from './completion-scripts.ts'
import {processIo} from './io.ts'
import {helpTopics} from './help-topics.ts'
import {contextKeys} from './context/keys.ts'
import {readManifest} from './manifest.ts'

export interface CompletionRun {
  bin: Bin
  topics: Record<string, {description: string}>
  /** The folder of the bins' programs. */
  programs: URL
}

/** `completion SHELL`: the script, or undefined for words that are for the command class to refuse. */
export function scriptFor(bin: Bin, words: readonly string[]): string | undefined {
  const [shell, ...rest] = words
  return rest.length === 0 && shells.includes(shell as Shell) ? completionScript(shell as Shell, bin) : undefined
}

/**
 * `__complete SHELL …`, which the scripts call: `=value`, for zsh and fish followed by a tab and its description,
 * one a line, then `:files` when file names fit and `:nospace` when the word goes on. bash hands over its line and
 * its word breaks, PowerShell base64 of a JSON list, the others their words.
 */
export async function answerShell(words: readonly string[], run: CompletionRun): Promise<string> {
  const shell = words[0] as Shell
  const {words: typed, cut} = readWords(shell, words.slice(1))
  const source = {
    bin: run.bin, manifest: readManifest(run.bin), topics: run.topics,
    helpTopics: Object.keys(helpTopics), contextKeys: Object.keys(contextKeys),
  }
  const found = complete(source, typed)
  const candidates = [...found.candidates, ...(await lookedUp(found, typed, run))]
  return answerText(shell, {...found, candidates}, cut)
}

function readWords(shell: Shell, given: readonly string[]): {words: string[]; cut: number} {
  if (shell === 'bash') return readCommandLine(given[0] ?? '', given[1] ?? '')
  if (shell !== 'pwsh') return {words: [...given], cut: 0}
  return {words: JSON.parse(Buffer.from(given[0] ?? '', 'base64').toString()) as string[], cut: 0}
}

async function lookedUp({live}: Completion, typed: readonly string[], run: CompletionRun): Promise<Candidate[]> {
  if (!live) return []
  const {liveValues} = await import('./completion-live.ts')
  const at = typed.findIndex(word => /^(-c|--context)$/.test(word))
  const joined = typed.find(word => word.startsWith('--context='))?.slice('--context='.length)
  const context = at >= 0 && at < typed.length - 2 ? typed[at + 1] : joined
  const {env, homeDir, clock} = processIo()
  const program = (bin: string) => fileURLToPath(new URL(`${bin}.js`, run.programs))
  const values = await liveValues(live.kind, {env, homeDir, nowMs: clock.nowMs(), context, program})
  const current = typed.at(-1) ?? ''
  const all = values.map(value => ({value: live.prefix + value, description: ''}))
  return all.filter(each => each.value.startsWith(current))
}

// eslint-disable-next-line no-control-regex
const unprintable = /[\u0000-\u001f\u007f-\u009f]/

export function answerText(shell: Shell, {candidates, files}: Completion, cut: number): string {
  const safe = candidates.filter(each => !unprintable.test(each.value))
  const lines = safe.map(({value, description}) =>
    shell === 'bash'
      ? `=${value.slice(cut)}`
      : `=${value}\t${description.replaceAll(new RegExp(unprintable, 'g'), ' ')}`)
  const goesOn = safe.length > 0 && safe.every(each => /[=.]$/.test(each.value))
  return [...lines, ...(goesOn ? [':nospace'] : []), ...(files ? [':files'] : [])].map(line => `${line}\n`).join('')
}
