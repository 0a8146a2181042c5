import {spawn} from 'node:child_process'
import {createHash} from 'node:crypto'
import {readFile, rename, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Live} from './completion.ts'
import {makeFolder} from '../clients/net/make-folder.ts'

type Env = Record<string, string | undefined>

/** A cached answer is good for so long, a miss for a shorter time; asking again takes at most so long. */
const freshMs = 30_000
const missMs = 5_000
const budgetMs = 300

/** Which command names the values of a kind, one a line. Contexts come from the configuration. */
const sources: Record<Exclude<Live, 'contexts'>, {bin: string; argv: string[]}> = {
  services: {bin: 'tael', argv: ['services']},
  tasks: {bin: 'ctl', argv: ['task', 'list']},
  leases: {bin: 'ctl', argv: ['lease', 'list']},
  keys: {bin: 'ctl', argv: ['raft', 'kv', 'scan']},
  directives: {bin: 'ctl', argv: ['directive', 'list']},
  artifacts: {bin: 'snap', argv: ['list']},
}

export interface LiveTools {
  env: Env
  homeDir: string
  nowMs: number
  /** As typed on the line; undefined for the current one. */
  context: string | undefined
  /** The program of a bin, as node runs it. */
  program: (bin: string) => string
}

/**
 * Values of one kind: from the cache when it is fresh, else from the command that lists them, when that answers
 * within the budget, else what was known before. A failure is remembered as well, so that a dead server does not
 * slow down every Tab. Never prompts, never writes but in the cache folder, never throws.
 */
export async function liveValues(kind: Live, tools: LiveTools): Promise<string[]> {
  if (kind === 'contexts') return contextNames(tools)
  const path = await cachePath(kind, tools)
  const cached = await readCache(path)
  if (cached && Math.abs(tools.nowMs - cached.atMs) < freshMs) return cached.values
  const found = await ask(sources[kind], tools)
  const values = found ?? cached?.values ?? []
  await writeCache(path, {atMs: found ? tools.nowMs : tools.nowMs - freshMs + missMs, values})
  return values
}

async function contextNames({env, homeDir}: LiveTools): Promise<string[]> {
  const {configPath, loadConfig} = await import('./context/file.ts')
  const loaded = await loadConfig(configPath(env, homeDir)).catch(() => undefined)
  const {contexts, previous} = loaded?.config ?? {}
  return [...Object.keys(contexts ?? {}), ...(previous === undefined ? [] : ['-'])]
}

interface Cached {
  atMs: number
  values: string[]
}

/** One file a kind, a context and a set of addresses: values of one system never show up for another. */
async function cachePath(kind: Live, {env, homeDir, context}: LiveTools): Promise<string | undefined> {
  const base = env['XDG_CACHE_HOME'] || (homeDir && join(homeDir, '.cache'))
  if (!base) return undefined
  const {configPath} = await import('./context/file.ts')
  const config = await readFile(configPath(env, homeDir) ?? '', 'utf8').catch(() => '')
  const isPlace = (name: string) => /^(OPSDECK_|TAEL_|SCOUTER_|NATS_|AWS_|OSPROXY_)/.test(name)
  const places = Object.keys(env).filter(isPlace).sort().map(name => [name, env[name]])
  const key = createHash('sha256').update(JSON.stringify([context, config, places])).digest('hex').slice(0, 16)
  return join(base, 'opsdeck', 'completion', `${kind}-${key}.json`)
}

async function readCache(path: string | undefined): Promise<Cached | undefined> {
  try {
    const cached = JSON.parse(await readFile(path ?? '', 'utf8')) as Cached
    return typeof cached.atMs === 'number' && Array.isArray(cached.values) ? cached : undefined
  } catch {
    return undefined
  }
}

async function writeCache(path: string | undefined, cached: Cached): Promise<void> {
  if (!path) return
  try {
    await makeFolder(join(path, '..'))
    await writeFile(`${path}.${process.pid}`, JSON.stringify(cached), {mode: 0o600})
    await rename(`${path}.${process.pid}`, path)
  } catch {
    // a read-only cache folder costs time, not correctness
  }
}

/** The names that the command prints; undefined when it fails or takes too long. */
function ask(
  {bin, argv}: {bin: string; argv: string[]}, {env, context, program}: LiveTools,
): Promise<string[] | undefined> {
  const words = [...argv, '-o', 'name', '-q', ...(context === undefined ? [] : ['--context', context])]
  return new Promise(resolve => {
    const child = spawn(process.execPath, [program(bin), ...words], {env, stdio: ['ignore', 'pipe', 'ignore']})
    const timer = setTimeout(() => child.kill('SIGKILL'), budgetMs)
    let text = ''
    child.stdout.setEncoding('utf8').on('data', chunk => (text += chunk))
    child.once('error', () => resolve(undefined))
    child.once('close', code => {
      clearTimeout(timer)
      resolve(code === 0 || code === 9 ? text.split('\n').filter(line => line !== '') : code === 2 ? [] : undefined)
    })
  })
}
