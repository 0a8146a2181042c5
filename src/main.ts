import {existsSync, readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import type {Bin} from './boot.ts'
import {dispatch} from './cli/dispatch.ts'

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
    tail: {description: 'Follow traces and logs as they arrive'},
    wal: {description: "Read the server's write-ahead log on its own machine"},
  },
  ctl: {
    context: {description: 'Where the systems are, and how to reach them'},
    task: {description: 'Claim, release and watch tasks in the control table'},
    lease: {description: 'Export leases: who may export, until when'},
    raft: {description: 'Who leads, is there a quorum, what is stored'},
    directive: {description: 'Diagnostics directives of the proxy'},
    audit: {description: 'What was changed from here, by whom and why'},
  },
  snap: {},
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
  if (fastPath(bin, argv)) return
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

/**
 * Runs a command's class straight from its file, without oclif's configuration of the whole bin, which is
 * half of a start; help and unknown words take oclif's way.
 */
async function runCommand(bin: Bin, argv: string[]): Promise<void> {
  const root = new URL(`./commands/${bin}/`, import.meta.url)
  const file = (path: string[]) => new URL(`${path.join('/')}.js`, root)
  const found = dispatch(argv, path => existsSync(file(path)))
  if (!found) {
    const {run} = await import('./cli/oclif.ts')
    await run(argv, {root: fileURLToPath(root), isRoot: true, userPlugins: false, devPlugins: false, pjson: pjson(bin)} as never)
    return
  }
  const {default: Command} = (await import(file(found.path).href)) as {default: CommandClass}
  Command.id = found.path.join(':')
  await new Command(found.argv, leanConfig(bin))._run()
}

/** The part of oclif's configuration that a running command touches: names, and no hooks. */
function leanConfig(bin: Bin): object {
  return {
    bin, name: bin, version, pjson: pjson(bin), topicSeparator: ' ', userAgent: `${bin}/${version}`,
    runHook: async () => ({successes: [], failures: []}),
    scopedEnvVar: () => undefined, scopedEnvVarTrue: () => false, scopedEnvVarKey: (key: string) => key, scopedEnvVarKeys: () => [],
  }
}

/** What must be quick and needs no command class: the version. */
function fastPath(bin: Bin, argv: string[]): boolean {
  if (argv.length === 1 && ['--version', '-V', 'version'].includes(argv[0]!)) {
    process.stdout.write(`${bin} ${version}\n`)
    return true
  }
  return false
}

/** A reader that went away (`| head`) is no error of ours; a full disk is. */
function onStreamError(error: NodeJS.ErrnoException): void {
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
