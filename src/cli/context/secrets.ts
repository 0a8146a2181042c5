import {readFile} from 'node:fs/promises'
import {UsageError} from '../../clients/net/errors.ts'

/** True for the three forms in which a secret may be named. */
export function isReference(value: string): boolean {
  return /^(env|file|exec):\/\/./.test(value)
}

/**
 * The secret behind a reference: `env://NAME`, `file://PATH`, `exec://CMD ARG…` (no shell). Trailing newlines
 * are not part of it. Errors name the reference, never what it holds.
 */
export async function resolveSecret(reference: string, env: Record<string, string | undefined>): Promise<string> {
  const [, kind, rest] = /^(env|file|exec):\/\/(.+)$/s.exec(reference) ?? []
  if (!kind || !rest) {
    throw new UsageError('a secret must be a reference, not a value', {
      code: 'NOT_A_REFERENCE', hint: 'Use env://NAME, file://PATH or exec://COMMAND.',
    })
  }
  const secret = (await readers[kind]!(rest, env)).replace(/\r?\n$/, '')
  if (secret === '') throw new UsageError(`${reference} is empty`, {code: 'SECRET_EMPTY'})
  return secret
}

const readers: Record<string, (rest: string, env: Record<string, string | undefined>) => Promise<string>> = {
  async env(name, env) {
    const value = env[name]
    if (value === undefined) throw new UsageError(`env://${name}: the variable is not set`, {code: 'SECRET_MISSING'})
    return value
  },
  async file(path) {
    try {
      return await readFile(path, 'utf8')
    } catch (cause) {
      throw new UsageError(`file://${path}: ${(cause as NodeJS.ErrnoException).code ?? 'cannot be read'}`, {
        code: 'SECRET_MISSING', cause,
      })
    }
  },
  async exec(line) {
    const [command = '', ...args] = line.split(/\s+/)
    const [{execFile}, {promisify}] = await Promise.all([import('node:child_process'), import('node:util')])
    try {
      const {stdout} = await promisify(execFile)(command, args, {timeout: 10_000, encoding: 'utf8'})
      return stdout
    } catch (cause) {
      const failure = cause as {code?: unknown; killed?: boolean}
      const why = failure.killed ? 'no answer within 10 s' : `failed with ${String(failure.code ?? 'an error')}`
      throw new UsageError(`exec://${command}: ${why}`, {code: 'SECRET_MISSING'})
    }
  },
}
