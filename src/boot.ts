import module from 'node:module'
import {homedir} from 'node:os'
import {join} from 'node:path'

export type Bin = 'tael' | 'ctl' | 'snap'

const oldest = [22, 19] as const

/** What must happen before anything large is loaded: the Node check, the compile cache, the colour gate. */
export function boot(bin: Bin): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    process.stderr.write(`${bin}: needs Node ${oldest.join('.')} or later, this is ${process.versions.node}\n`)
    process.exitCode = 1
    return
  }
  const folder = cacheFolder(process.env)
  if (folder) module.enableCompileCache(folder)
  gateColour(process.env, process.argv)
  // Not awaited: an unsettled top-level await would end the process with 13 when the reader goes away.
  void import('./main.ts').then(({main}) => main(bin, process.argv.slice(2)))
}

/** Node's own cache of compiled code; undefined when no home is known ('' would mean the current folder). */
function cacheFolder(env: NodeJS.ProcessEnv): string | undefined {
  if (env['NODE_COMPILE_CACHE'] || env['NODE_DISABLE_COMPILE_CACHE']) return undefined
  const base = env['XDG_CACHE_HOME'] || (safeHome() && join(safeHome(), '.cache'))
  return base && !base.startsWith('/proc') ? join(base, 'opsdeck', 'compile') : undefined
}

function safeHome(): string {
  try {
    return homedir()
  } catch {
    return ''
  }
}

/** Ink's colours ignore NO_COLOR and know only FORCE_COLOR, so one of them is set before they load. */
function gateColour(env: NodeJS.ProcessEnv, argv: string[]): void {
  const never = argv.includes('--no-color') || argv.includes('--color=never')
    || argv.some((word, at) => word === '--color' && argv[at + 1] === 'never')
  if (never || env['NO_COLOR'] || env['TERM'] === 'dumb') {
    delete env['NO_COLOR']
    env['FORCE_COLOR'] = '0'
  }
}
