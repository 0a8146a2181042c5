import {readFile, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {UsageError} from '../../clients/net/errors.ts'
import type {ConfigFile} from './schema.ts'

/** `$OPSDECK_CONFIG`, else `$XDG_CONFIG_HOME/opsdeck/config.yaml`; undefined on a machine without a home. */
export function configPath(env: Record<string, string | undefined>, homeDir: string): string | undefined {
  if (env['OPSDECK_CONFIG']) return env['OPSDECK_CONFIG']
  const base = env['XDG_CONFIG_HOME'] || (homeDir && join(homeDir, '.config'))
  return base ? join(base, 'opsdeck', 'config.yaml') : undefined
}

export interface LoadedConfig {
  path: string | undefined
  config: ConfigFile
  /** Permission bits, when the file exists. */
  mode?: number
}

/** Reads the file; a missing one is an empty configuration. YAML is loaded only when there is a file. */
export async function loadConfig(path: string | undefined): Promise<LoadedConfig> {
  if (!path) return {path, config: {}}
  let text: string
  let mode: number
  try {
    text = await readFile(path, 'utf8')
    mode = (await stat(path)).mode & 0o777
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {path, config: {}}
    throw new UsageError(`the configuration ${path} cannot be read: ${(cause as Error).message}`, {
      code: 'CONFIG_UNREADABLE', endpoint: path, cause,
    })
  }
  const {parse} = await import('./yaml.ts')
  try {
    return {path, config: asConfig(parse(text)), mode}
  } catch (cause) {
    throw notAConfiguration(path, cause)
  }
}

/** Only the frame: what a context holds is looked at when it is used, so that one bad context spoils no other. */
export function asConfig(parsed: unknown): ConfigFile {
  const config = parsed ?? {}
  if (!isMapping(config)) throw new Error('the top level is not a mapping')
  if (!isMapping(config['contexts'] ?? {})) throw new Error('contexts is not a mapping')
  return config as ConfigFile
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function notAConfiguration(path: string, cause: unknown): UsageError {
  // The parser goes on to draw the place, over several lines.
  const [why = ''] = (cause as Error).message.split('\n')
  return new UsageError(`${path} is not a configuration: ${why.replace(/:$/, '')}`, {
    code: 'CONFIG_INVALID', endpoint: path, hint: 'Mend it in an editor: ctl context edit',
  })
}
