import type {Document} from 'yaml'
import {UsageError} from '../clients/net/errors.ts'
import {OpsCommand} from './command.ts'
import {editConfig, rewriteConfig} from './context/edit.ts'
import {configPath, loadConfig, type LoadedConfig} from './context/file.ts'
import {parseAssignment} from './context/keys.ts'
import {nearest} from '../clients/net/nearest.ts'

/** What the commands of `ctl context` share: the file, read and changed. */
export abstract class ContextCommand extends OpsCommand {
  protected loadFile(): Promise<LoadedConfig> {
    return loadConfig(configPath(this.io.env, this.io.homeDir))
  }

  protected async edit(change: (document: Document) => void): Promise<string> {
    const path = this.path()
    await editConfig(path, this.io, change)
    return path
  }

  /** Sees to it that there is a file, sound or not. */
  protected async makeFile(): Promise<string> {
    const path = this.path()
    await rewriteConfig(path, this.io, text => text)
    return path
  }

  private path(): string {
    const path = configPath(this.io.env, this.io.homeDir)
    if (path) return path
    throw new UsageError('no home folder is known', {hint: 'Set OPSDECK_CONFIG to the file to use.'})
  }

  /** The context of that name; `-` is the one before. */
  protected existing(loaded: LoadedConfig, name: string): string {
    const wanted = name === '-' ? loaded.config.previous : name
    const names = Object.keys(loaded.config.contexts ?? {})
    if (wanted !== undefined && names.includes(wanted)) return wanted
    const near = wanted === undefined ? undefined : nearest(wanted, names)
    throw new UsageError(wanted === undefined ? 'there is no context before this one' : `no context "${wanted}"`, {
      code: 'UNKNOWN_CONTEXT',
      hint: near ? `Did you mean: ${near}` : names.length > 0 ? `Known: ${names.join(', ')}` : 'There are none yet.',
    })
  }
}

/** Applies `key=value` words to one context of the file. */
export function assign(document: Document, name: string, words: readonly string[]): void {
  for (const {path, value} of words.map(parseAssignment)) {
    const whole = ['contexts', name, ...path]
    if (value === undefined) document.deleteIn(whole)
    else {
      fillEmpty(document, whole)
      document.setIn(whole, value)
    }
  }
}

/** `prod:` with nothing behind it is no mapping in YAML, but meant as one. */
function fillEmpty(document: Document, path: readonly string[]): void {
  for (let length = 1; length < path.length; length += 1) {
    const folder = path.slice(0, length)
    if (document.getIn(folder) === null) document.setIn(folder, document.createNode({}))
  }
}

/** Makes `name` current and remembers the one before. */
export function makeCurrent(document: Document, name: string): void {
  const before = document.get('current')
  if (before === name) return
  if (before !== undefined) document.set('previous', before)
  document.set('current', name)
}

/** Forgets a context, and that it is the current one. */
export function removeContext(document: Document, name: string): void {
  document.deleteIn(['contexts', name])
  if (document.get('current') === name) document.delete('current')
}

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

export function checkName(name: string): string {
  if (namePattern.test(name)) return name
  throw new UsageError(`"${name}" cannot name a context`, {
    hint: 'Letters, digits, ".", "_" and "-", beginning with a letter or digit.',
  })
}
