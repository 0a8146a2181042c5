import {existsSync, readFileSync} from 'node:fs'
import type {Bin} from './boot.ts'
import {dispatch} from './cli/dispatch.ts'
import {goesOnUnread} from './cli/unread.ts'

declare const OPSDECK_VERSION: string | undefined

/** The package's version; a constant in the bundle, read from package.json when run from source. */
export const version: string = typeof OPSDECK_VERSION === 'string'
  ? OPSDECK_VERSION
  : (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {version: string}).version

const topics: Record<Bin, Record<string, {description: string}>> = {
  tael: {
    query: {description: 'The spellings of the Rust CLI: query traces, logs, metrics, sql'},
    get: {description: 'The spellings of the Rust CLI: get trace, get metric'},
    comment: {description: 'Read and write comments on traces'},
    ingest: {description: 'Health of the ingestion pipelines'},
    alert: {description: 'Alert rules'},
    tail: {description: 'The newest traces and logs, and with -f what arrives'},
    wal: {description: "Read the server's write-ahead log on its own machine"},
  },
  ctl: {
    context: {description: 'Where the systems are, and how to reach them'},
    task: {description: 'Claim, release and watch tasks in the control table'},
    lease: {description: 'Export leases: who may export, until when'},
    raft: {description: 'Who leads, is there a quorum, what is stored'},
    'raft:kv': {description: 'Read, write and follow keys'},
    'raft:watch': {description: 'Follow what changes in the cluster itself'},
    directive: {description: 'Diagnostics directives of the proxy'},
    audit: {description: 'What was changed from here, by whom and why'},
  },
  snap: {},
}

/** What each bin is for, in a sentence. */
export const about: Record<Bin, string> = {
  tael: 'Query traces, logs and metrics of tael, and follow its write-ahead log.',
  ctl: 'Work tasks, leases, Raft and directives; contexts, sandbox and the live dashboard.',
  snap: 'Push, pull and verify artifacts.',
}

/** oclif's configuration of one bin, given inline so that nothing but its manifest is read from disk. */
export function pjson(bin: Bin) {
  return {
    name: bin,
    version,
    type: 'module',
    oclif: {
      bin,
      dirname: 'opsdeck',
      topicSeparator: ' ',
      topics: topics[bin],
      additionalHelpFlags: ['-h'],
      helpOptions: {hideAliasesFromRoot: true, flagSortOrder: 'none' as const},
      commands: {strategy: 'pattern' as const, target: '.'},
    },
  }
}

/** One run, one catch: whatever goes wrong is reported once and becomes the exit code. */
export async function main(bin: Bin, argv: string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', onStreamError)
  if (await fastPath(bin, argv)) return
  const {report} = await import('./core.ts')
  try {
    await runCommand(bin, argv)
  } catch (error) {
    process.exitCode = report(error, {bin, argv, env: process.env, stderr: process.stderr})
  }
}

interface CommandClass {
  new (argv: string[], config: object): {_run(): Promise<unknown>}
  id?: string
}

/** Runs a command's class straight from its file: oclif's configuration of the whole bin is half of a start. */
async function runCommand(bin: Bin, argv: string[]): Promise<void> {
  const file = (path: string[]) => new URL(`./commands/${bin}/${path.join('/')}.js`, import.meta.url)
  const wanted = dispatch(argv, path => existsSync(file(path)))
  if (wanted.kind !== 'command') return showHelp(bin, argv, wanted)
  const {default: Command} = (await import(file(wanted.path).href)) as {default: CommandClass}
  Command.id = wanted.path.join(':')
  await new Command(wanted.argv, leanConfig(bin))._run()
}

/** Help as asked for; a folder of commands without a command shows what is in it; the rest is an error. */
async function showHelp(bin: Bin, argv: string[], {kind, path}: {kind: string; path: string[]}): Promise<void> {
  const {helpText, helpTopics, readManifest, unknownCommand} = await import('./core.ts')
  const width = Math.min(100, Math.max(40, process.stdout.columns || 80))
  const topic = path.length === 1 ? helpTopics[path[0]!] : undefined
  const source = {bin, manifest: readManifest(bin), topics: topics[bin], about: about[bin], width}
  const isFolder = path.length > 0 && !source.manifest.commands[path.join(':')]
  const text = (kind === 'help' ? topic : undefined)
    ?? (kind === 'help' || isFolder ? helpText(source, path) : undefined)
  if (text === undefined) throw unknownCommand({bin, argv}, Object.keys(helpTopics))
  process.stdout.write(text)
}

/** The part of oclif's configuration that a running command touches: names, and no hooks. */
function leanConfig(bin: Bin): object {
  return {
    bin, name: bin, version, pjson: pjson(bin), topicSeparator: ' ', userAgent: `${bin}/${version}`,
    runHook: async () => ({successes: [], failures: []}),
    scopedEnvVar: () => undefined, scopedEnvVarTrue: () => false, scopedEnvVarKey: (key: string) => key,
    scopedEnvVarKeys: () => [],
  }
}

/** What must be quick and needs no command class: the version, and what a shell asks at each Tab. */
async function fastPath(bin: Bin, argv: string[]): Promise<boolean> {
  if (argv.length === 1 && ['--version', '-V', 'version'].includes(argv[0]!)) {
    process.stdout.write(`${bin} ${version}\n`)
    return true
  }
  if (argv[0] !== 'completion' && argv[0] !== '__complete') return false
  const {answerShell, scriptFor} = await import('./cli/completion-run.ts')
  const text = argv[0] === 'completion'
    ? scriptFor(bin, argv.slice(1))
    : await answerShell(argv.slice(1), {bin, topics: topics[bin], programs: new URL('../bin/', import.meta.url)}).catch(
      () => '',
    )
  if (text !== undefined) process.stdout.write(text)
  return text !== undefined
}

/** A reader that went away (`| head`) is no error of ours; a full disk is. */
function onStreamError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE' && goesOnUnread()) return
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0)
  process.exitCode = 1
  if (error.code !== 'EIO') {
    try {
      process.stderr.write(`cannot write the output: ${error.message}\n`)
    } catch {
      // stderr is gone as well: the exit code is all that is left to say it with
    }
  }
  process.exit(1)
}
