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
    throw new UsageError(`the configuration cannot be read: ${(cause as Error).message}`, {code: 'CONFIG_UNREADABLE', endpoint: path, cause})
  }
  const {parse} = await import('./yaml.ts')
  try {
    const config: unknown = parse(text)
    if (config !== null && (typeof config !== 'object' || Array.isArray(config))) throw new Error('the top level is not a mapping')
    return {path, config: (config ?? {}) as ConfigFile, mode}
  } catch (cause) {
    throw new UsageError(`${path} is not a configuration: ${(cause as Error).message}`, {code: 'CONFIG_INVALID', endpoint: path, cause})
  }
}
