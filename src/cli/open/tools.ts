import {readFile} from 'node:fs/promises'
import {hostname} from 'node:os'
import {UsageError} from '../../clients/net/errors.ts'
import {operatorName} from '../audit.ts'
import type {TlsSection} from '../context/schema.ts'
import type {Settings} from '../context/settings.ts'
import type {Io} from '../io.ts'

/** What opening a system's client needs of a run: what is configured, how patiently, and whom to tell. */
export interface OpenTools {
  settings: Settings
  io: Io
  timeoutMs: number
  connectTimeoutMs: number
  retries: number
  /** opsdeck's own version, which some systems keep beside a write. */
  version: string
  reason?: string
  /** Tells what is asked of whom. */
  trace(text: string): void
  /** Tells what an operator must know. */
  note(text: string): void
}

/** `ops@bastion-1`, as it stands in records of the systems. */
export function operatorAtHost({env}: Pick<Io, 'env'>): string {
  return `${operatorName(env)}@${hostname()}`
}

/** ` (context prod)`, or nothing without one. */
export function contextWords({context}: Settings): string {
  return context ? ` (context ${context.name})` : ''
}

export async function optionalSecret(settings: Settings, reference: string | undefined): Promise<string | undefined> {
  return reference === undefined ? undefined : settings.secret(reference)
}

export interface TlsTexts {
  ca?: string
  cert?: string
  key?: string
  servername?: string
}

/** The PEM files of a `tls` section, read. Rejects with UsageError TLS_FILE when one cannot be. */
export async function tlsTexts(tls: TlsSection | undefined): Promise<TlsTexts | undefined> {
  if (!tls) return undefined
  const [ca, cert, key] = await Promise.all([tls.ca, tls.cert, tls.key].map(pemText))
  return {ca, cert, key, servername: tls.servername}
}

async function pemText(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`${path}: ${cause.code ?? 'cannot be read'}`, {code: 'TLS_FILE', cause})
  })
}
