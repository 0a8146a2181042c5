import {UsageError} from '../../clients/net/errors.ts'
import {isMapping} from './file.ts'
import {isReference} from './secrets.ts'
import {shapeProblem} from './shapes.ts'
import {nearest} from '../../clients/net/nearest.ts'

type Kind = 'text' | 'switch' | 'secret' | 'list'

const tls = {ca: 'text', cert: 'text', key: 'text', servername: 'text'} as const

/** Every key that a context may have, and what it holds; `*` stands for a name of the user's choice. */
export const contextKeys: Record<string, Kind> = {
  danger: 'switch', readonly: 'switch', color: 'text', audit: 'text',
  'tael.url': 'text', 'tael.shards.*': 'text', 'tael.groups.*': 'list', 'tael.apiKey': 'secret', 'tael.walDir': 'text',
  'tasks.uri': 'text', 'tasks.fence': 'switch', 'tasks.region': 'text', 'tasks.endpoint': 'text',
  'tasks.profile': 'text', 'tasks.pathStyle': 'switch',
  'leases.url': 'text', 'leases.bucket': 'text', 'leases.streams': 'list',
  'leases.creds': 'text', 'leases.user': 'text',
  'leases.password': 'secret',
  'leases.token': 'secret', 'leases.nkey': 'secret', ...prefixed('leases.tls'),
  'raft.endpoints.*': 'text', 'raft.ttl': 'switch', ...prefixed('raft.tls'),
  'artifacts.url': 'text', 'artifacts.endpoint': 'text', 'artifacts.region': 'text', 'artifacts.profile': 'text',
  'artifacts.pathStyle': 'switch',
  'directives.url': 'text', 'directives.instances': 'list', 'directives.token': 'secret',
  'directives.signingKey': 'secret',
  'directives.dataToken': 'secret', 'directives.allowCleartext': 'switch', 'directives.file': 'text',
  'directives.maxTtl': 'text', 'directives.etcd.endpoints': 'list', 'directives.etcd.key': 'text',
  'directives.etcd.user': 'text',
  'directives.etcd.password': 'secret', ...prefixed('directives.etcd.tls'), ...prefixed('directives.tls'),
}

function prefixed(prefix: string): Record<string, Kind> {
  return Object.fromEntries(Object.entries(tls).map(([key, kind]) => [`${prefix}.${key}`, kind]))
}

export interface Assignment {
  /** `['raft', 'endpoints', '1']` */
  path: string[]
  /** Undefined removes the key. */
  value: string | boolean | string[] | undefined
}

/** Reads `key=value`, or `key=` to remove it; secrets must be references, so that none ends up in the file. */
export function parseAssignment(text: string): Assignment {
  const at = text.indexOf('=')
  if (at <= 0) throw new UsageError(`"${text}" is not an assignment`, {
    hint: 'Write key=value, e.g. tael.url=http://127.0.0.1:7701',
  })
  const key = text.slice(0, at)
  const value = text.slice(at + 1)
  const path = key.split('.')
  const kind = kindOf(path)
  if (!kind) throw unknownKey(key)
  if (value === '') return {path, value: undefined}
  const converted = convert(key, value, kind)
  const problem = typeof converted === 'boolean' ? undefined : shapeProblem(path, converted)
  if (problem) throw new UsageError(problem, {code: 'BAD_VALUE'})
  return {path, value: converted}
}

/** Whether a key, `tael.apiKey`, holds a reference to a secret. */
export function isSecretKey(key: string): boolean {
  return contextKeys[key] === 'secret'
}

function kindOf(path: readonly string[]): Kind | undefined {
  const exact = contextKeys[path.join('.')]
  if (exact) return exact
  return path.length > 1 && path.at(-1) !== '' ? contextKeys[[...path.slice(0, -1), '*'].join('.')] : undefined
}

function convert(key: string, value: string, kind: Kind): string | boolean | string[] {
  if (kind === 'list') return value.split(',').map(each => each.trim()).filter(Boolean)
  if (kind === 'secret' && !isReference(value)) {
    throw new UsageError(`${key} takes a reference to the secret, not the secret`, {
      code: 'NOT_A_REFERENCE', hint: `Use ${key}=env://NAME, ${key}=file:///path or ${key}=exec://command.`,
    })
  }
  if (/\w:\/\/[^\s/?#@]*:[^\s/?#@]+@/.test(value)) {
    throw new UsageError(`${key} must not hold a password`, {
      code: 'NOT_A_REFERENCE', hint: 'Leave it out of the address, and set the key that takes a reference to it.',
    })
  }
  if (kind !== 'switch') return value
  if (value !== 'true' && value !== 'false') throw new UsageError(`${key} is true or false`)
  return value === 'true'
}

function unknownKey(key: string): UsageError {
  const near = nearest(key, Object.keys(contextKeys))
  return new UsageError(`a context has no key "${key}"`, {
    code: 'UNKNOWN_KEY',
    hint: near
      ? `Did you mean: ${near}`
      : `Keys: ${Object.keys(contextKeys).filter(each => !each.includes('.tls.')).join(' ')}`,
  })
}

const textOf = (value: unknown) => (Array.isArray(value) ? value.map(String) : String(value))

/** What is wrong with a context as it stands in the file: unknown keys, wrong kinds, secrets in the open. */
export function contextProblems(context: unknown): string[] {
  const problems: string[] = []
  const visit = (value: unknown, path: string[]): void => {
    const kind = path.length > 0 ? kindOf(path) : undefined
    const key = path.join('.')
    if (kind === undefined && typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [name, each] of Object.entries(value)) visit(each, [...path, name])
    } else if (kind === undefined) problems.push(`unknown key ${key}`)
    else if (kind === 'switch' && typeof value !== 'boolean') problems.push(`${key} should be true or false`)
    else if (kind === 'list' && !Array.isArray(value)) problems.push(`${key} should be a list`)
    else if (kind === 'secret' && !(typeof value === 'string' && isReference(value))) problems.push(
      `${key} holds a secret in the open: use a reference`,
    )
    else if (kind === 'text' && typeof value === 'object') problems.push(`${key} should be a text`)
    else if (kind === 'text' || kind === 'list') problems.push(
      ...[shapeProblem(path, textOf(value))].filter(each => each !== undefined),
    )
  }
  if (isMapping(context ?? {})) visit(context ?? {}, [])
  else problems.push('is not a mapping')
  return problems
}
