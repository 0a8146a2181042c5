import {readFileSync} from 'node:fs'
import type {Bin} from '../boot.ts'

export interface ManifestFlag {
  name: string
  type: 'boolean' | 'option'
  char?: string
  summary?: string
  description?: string
  helpGroup?: string
  helpValue?: string | string[]
  options?: string[]
  default?: unknown
  defaultHelp?: unknown
  env?: string
  multiple?: boolean
  required?: boolean
  hidden?: boolean
}

export interface ManifestCommand {
  id: string
  summary?: string
  description?: string
  examples?: string[]
  /** Instead of the usage line that follows from the arguments. */
  usage?: string
  hidden?: boolean
  args: Record<string, {name: string; description?: string; required?: boolean; options?: string[]}>
  flags: Record<string, ManifestFlag>
}

export interface Manifest {
  commands: Record<string, ManifestCommand>
}

/** What the build wrote about a bin's commands; empty when it cannot be read. */
export function readManifest(bin: Bin): Manifest {
  try {
    return JSON.parse(readFileSync(new URL(`./commands/${bin}/oclif.manifest.json`, distRoot()), 'utf8')) as Manifest
  } catch {
    return {commands: {}}
  }
}

/** Chunks of the bundle lie beside main.js; the source of this file lies two folders beside dist/. */
function distRoot(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? '../../dist/' : './', import.meta.url)
}
