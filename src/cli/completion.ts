import type {Manifest, ManifestCommand, ManifestFlag} from './manifest.ts'
import {dispatch} from './dispatch.ts'

export const shells = ['bash', 'zsh', 'fish', 'pwsh'] as const
export type Shell = (typeof shells)[number]

/** Values that only a system or the configuration knows. */
export type Live = 'contexts' | 'services' | 'tasks' | 'leases' | 'keys' | 'directives' | 'artifacts'

export interface Candidate {
  value: string
  description: string
}

/** What may stand where the cursor is. */
export interface Completion {
  candidates: Candidate[]
  /** To be looked up; every value gets `prefix` in front. */
  live?: {kind: Live; prefix: string}
  /** The shell's own file names fit. */
  files: boolean
}

export interface CompletionSource {
  bin: string
  manifest: Manifest
  topics: Record<string, {description: string}>
  /** Names of the pages of `help`. */
  helpTopics: readonly string[]
  /** Keys that `key=value` words may begin with. */
  contextKeys: readonly string[]
}

const nothing: Completion = {candidates: [], files: false}

/** What fits at the last of `words`, which follow the bin's name; the last one is '' before anything is typed. */
export function complete(source: CompletionSource, words: readonly string[]): Completion {
  const current = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  if (before.includes('--')) return {candidates: [], files: true}
  const asked = dispatch(before, path => commandAt(source.manifest, path) !== undefined)
  if (before[0] === 'help') return {candidates: helpWords(source, asked.path, current), files: false}
  const command = asked.kind === 'command' ? commandAt(source.manifest, asked.path) : undefined
  if (!command) return outside(source, asked.path, before, current)
  const answer = inside(source, command, asked.kind === 'command' ? asked.argv : [], current)
  if (before.at(-1) !== asked.path.at(-1) || current.startsWith('-')) return answer
  return {...answer, candidates: [...folder(source, asked.path, current), ...answer.candidates]}
}

function commandAt(manifest: Manifest, path: readonly string[]): ManifestCommand | undefined {
  const id = path.join(':')
  return Object.hasOwn(manifest.commands, id) ? manifest.commands[id] : undefined
}

/** No command yet: its words, or a shared flag before it. */
function outside(source: CompletionSource, path: string[], before: readonly string[], current: string): Completion {
  const flags = Object.values(source.manifest.commands)[0]?.flags ?? {}
  const typed = before.at(-1)
  const flag = path.length === 0 && typed?.startsWith('-') && !typed.includes('=') ? flagNamed(flags, typed) : undefined
  if (flag && takesValue(flag)) return ofFlag(flag, current, '')
  if (current.startsWith('-')) return path.length === 0 ? ofFlags(source, sharedOnly(flags), [], current) : nothing
  const isBehindPath = path.length === 0 || typed === path.at(-1)
  return isBehindPath ? {candidates: inFolder(source, path, current), files: false} : nothing
}

function sharedOnly(flags: Record<string, ManifestFlag>): Record<string, ManifestFlag> {
  const isShared = (flag: ManifestFlag) => ['OUTPUT', 'CONNECTION'].includes(flag.helpGroup ?? '')
  return Object.fromEntries(Object.entries(flags).filter(([, flag]) => isShared(flag)))
}

function inFolder(source: CompletionSource, path: readonly string[], current: string): Candidate[] {
  const own = folder(source, path, current)
  if (path.length > 0) return own
  const words = [{value: 'help', description: 'Show help'}, {value: 'version', description: 'Show the version'}]
  return [...own, ...words.filter(each => each.value.startsWith(current))]
}

/** Behind `help`: pages and commands. */
function helpWords(source: CompletionSource, path: readonly string[], current: string): Candidate[] {
  const pages = path.length === 0 ? source.helpTopics : []
  const fittingPages = fitting(pages, current, '').map(each => ({...each, description: 'Help page'}))
  return [...folder(source, path, current), ...fittingPages]
}

/** The words that may follow `path`, each once. */
function folder({manifest, topics}: CompletionSource, path: readonly string[], current: string): Candidate[] {
  const prefix = path.map(word => `${word}:`).join('')
  const found = new Map<string, string>()
  for (const [id, command] of Object.entries(manifest.commands)) {
    if (command.hidden || !id.startsWith(prefix)) continue
    const [value = '', ...deeper] = id.slice(prefix.length).split(':')
    if (!value.startsWith(current)) continue
    if (deeper.length === 0) found.set(value, command.summary ?? '')
    else if (!found.has(value)) found.set(value, topics[prefix + value]?.description ?? '')
  }
  return [...found].map(([value, description]) => ({value, description}))
}

/** Within a command: a flag's value, a flag or an argument. */
function inside(
  source: CompletionSource, command: ManifestCommand, argv: readonly string[], current: string,
): Completion {
  const typed = read(command, argv)
  if (typed.awaiting) return ofFlag(typed.awaiting, current, '')
  const joined = /^(--[\w-]+=)(.*)$/s.exec(current)
  if (joined) {
    const flag = flagNamed(command.flags, current)
    return flag && takesValue(flag) ? ofFlag(flag, joined[2]!, joined[1]!) : nothing
  }
  if (current.startsWith('-')) return ofFlags(source, command.flags, typed.used, current)
  return ofArgument(source, command, typed.positionals, current)
}

interface Typed {
  used: string[]
  positionals: number
  /** The flag whose value comes next. */
  awaiting: ManifestFlag | undefined
}

function read(command: ManifestCommand, argv: readonly string[]): Typed {
  const typed: Typed = {used: [], positionals: 0, awaiting: undefined}
  for (const word of argv) {
    if (typed.awaiting) {
      typed.awaiting = undefined
      continue
    }
    if (!word.startsWith('-') || word === '-') {
      typed.positionals += 1
      continue
    }
    const flag = flagNamed(command.flags, word)
    if (!flag) continue
    typed.used.push(flag.name)
    const holdsValue = word.includes('=') || (!word.startsWith('--') && word.length > 2)
    if (takesValue(flag) && !holdsValue) typed.awaiting = flag
  }
  return typed
}

function flagNamed(flags: Record<string, ManifestFlag>, word: string): ManifestFlag | undefined {
  const long = /^--([\w-]+)/.exec(word)?.[1]
  if (long !== undefined) return Object.hasOwn(flags, long) ? flags[long] : undefined
  return Object.values(flags).find(flag => flag.char === word[1])
}

function takesValue(flag: ManifestFlag | undefined): boolean {
  return flag?.type === 'option'
}

function ofFlags(
  source: CompletionSource, flags: Record<string, ManifestFlag>, used: readonly string[], current: string,
): Completion {
  const candidates = Object.values(flags)
    .filter(flag => !flag.hidden && (flag.multiple || !used.includes(flag.name)))
    .map(flag => ({value: `--${flag.name}`, description: flag.summary ?? flag.description ?? ''}))
  const help = {value: '--help', description: `Help of ${source.bin}`}
  return {candidates: [...candidates, help].filter(each => each.value.startsWith(current)), files: false}
}

function ofFlag(flag: ManifestFlag, current: string, prefix: string): Completion {
  if (flag.options) return {candidates: fitting(flag.options, current, prefix), files: false}
  const kind: Live | undefined = flag.name === 'context' ? 'contexts' : flag.name === 'service' ? 'services' : undefined
  if (kind) return {candidates: [], live: {kind, prefix}, files: false}
  const isFile = /^(path|file|dir|folder)$/i.test(String(flag.helpValue ?? ''))
    || /^(file|dir|unix-socket)$/.test(flag.name)
  return {candidates: [], files: isFile}
}

function ofArgument(source: CompletionSource, command: ManifestCommand, at: number, current: string): Completion {
  const all = Object.values(command.args)
  const last = all.at(-1)
  const arg = all[at] ?? (last?.name === 'settings' ? last : undefined)
  if (!arg) return nothing
  if (arg.options) return {candidates: fitting(arg.options, current, ''), files: false}
  if (arg.name === 'settings') return {candidates: settings(source, current), files: false}
  const kind = liveArgument(command.id, arg.name)
  if (kind) return {candidates: [], live: {kind, prefix: ''}, files: false}
  return {candidates: [], files: /^(file|files|path|folder|dir|source|destination)$/.test(arg.name)}
}

/** `key=`; a key with a name of the user's choice ends before it. */
function settings({contextKeys}: CompletionSource, current: string): Candidate[] {
  const values = contextKeys.map(key => (key.endsWith('.*') ? key.slice(0, -1) : `${key}=`))
  return fitting(values, current, '')
}

function fitting(values: readonly string[], current: string, prefix: string): Candidate[] {
  return values.filter(value => value.startsWith(current)).map(value => ({value: prefix + value, description: ''}))
}

/** Which arguments name something that lives in a system; new things (`context add`) do not. */
const liveArguments: [command: RegExp, arg: RegExp, kind: Live][] = [
  [/^context:(remove|set|show|use|validate)$/, /^name$/, 'contexts'],
  [/^task:/, /^(task|name)$/, 'tasks'],
  [/^lease:/, /^(lease|name|key|partition)$/, 'leases'],
  [/^(raft:)?kv:/, /^key$/, 'keys'],
  [/^directive:(get|revoke)$/, /^id$/, 'directives'],
  [/^(pull|push|show|verify|diff|prune|round|doctor)$/, /^(artifact|key|a|b)$/, 'artifacts'],
]

function liveArgument(id: string, arg: string): Live | undefined {
  return liveArguments.find(([command, name]) => command.test(id) && name.test(arg))?.[2]
}
