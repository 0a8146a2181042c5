import {readFile} from 'node:fs/promises'
import type {ConnectionOptions} from '@nats-io/transport-node'
import {UsageError} from '../net/errors.ts'
import type {LeaseStore} from './store.ts'

export interface LeasePlace {
  /** `nats://host:port`, `tls://host:port`, several of these with commas, or `sqlite:PATH`. */
  url: string
  /** Of NATS only. */
  bucket?: string
  /** Path of a NATS credentials file. */
  credsFile?: string
  user?: string
  /** The secrets themselves. */
  password?: string
  token?: string
  nkeySeed?: string
  /** PEM files. */
  tls?: {ca?: string; cert?: string; key?: string; servername?: string}
  timeoutMs: number
  connectTimeoutMs: number
  nowMs: () => number
}

/** Opens the store that a URL names. Rejects with UsageError when the URL or what goes with it is wrong. */
export async function openLeaseStore(place: LeasePlace): Promise<LeaseStore> {
  if (place.url.startsWith('sqlite:')) return openSqlite(place)
  checkNats(place)
  const [{NatsLeaseStore}, connection] = await Promise.all([import('./nats-store.ts'), natsConnection(place)])
  return NatsLeaseStore.open({url: place.url, bucket: place.bucket!, timeoutMs: place.timeoutMs, connection})
}

/** Whether a key can be one in a NATS bucket; SQLite keeps to the same keys, so that they can move. */
export function checkLeaseKey(key: string): string {
  if (/^[-/=.\w]+$/.test(key) && !/^\.|\.$|\.\./.test(key)) return key
  throw new UsageError(`"${key}" cannot be a lease key`, {
    code: 'BAD_KEY', hint: 'Letters, digits and - _ = / . are allowed, no dot at either end and no two together.',
  })
}

async function openSqlite({url, timeoutMs, nowMs}: LeasePlace): Promise<LeaseStore> {
  const path = url.slice('sqlite:'.length)
  if (path === '') throw new UsageError('sqlite: names no file', {
    code: 'BAD_URL', hint: 'Write sqlite:/path/leases.db',
  })
  const {SqliteLeaseStore} = await import('./sqlite-store.ts')
  return new SqliteLeaseStore({path, busyTimeoutMs: timeoutMs, nowMs})
}

export function checkNats({url, bucket}: LeasePlace): void {
  for (const each of url.split(',')) checkServer(each)
  if (!bucket) throw new UsageError('leases.bucket is not set', {
    code: 'NOT_CONFIGURED', hint: 'The bucket the exporters use.',
  })
  if (!/^[-\w]+$/.test(bucket)) throw new UsageError(`"${bucket}" cannot be a bucket`, {
    hint: 'Letters, digits, - and _.',
  })
}

function checkServer(url: string): void {
  const [, user] = /^(?:nats|tls):\/\/(?:([^/@]*)@)?[^/@\s]+$/.exec(url) ?? [undefined, null]
  if (user === null) {
    throw new UsageError('leases.url is neither a NATS nor an SQLite address', {
      code: 'BAD_URL', hint: 'Write nats://host:4222, tls://host:4222 or sqlite:/path/leases.db',
    })
  }
  if (user !== undefined) {
    throw new UsageError('leases.url must not hold credentials', {
      code: 'BAD_URL', hint: 'Use leases.user, leases.password, leases.token.',
    })
  }
}

export async function natsConnection(place: LeasePlace): Promise<ConnectionOptions> {
  const {credsFile, user, password, token, nkeySeed, tls, url, connectTimeoutMs} = place
  const options: ConnectionOptions = {timeout: connectTimeoutMs}
  if (user !== undefined) Object.assign(options, {user, pass: password})
  if (token !== undefined) options.token = token
  if (tls || url.startsWith('tls:')) options.tls = tlsOptions(tls)
  if (credsFile === undefined && nkeySeed === undefined) return options
  const {credsAuthenticator, nkeyAuthenticator} = await import('./nats-library.ts')
  if (credsFile !== undefined) options.authenticator = credsAuthenticator(await credentials(credsFile))
  else if (nkeySeed !== undefined) options.authenticator = nkeyAuthenticator(new TextEncoder().encode(nkeySeed))
  return options
}

/** The NATS client hands what it does not know on to node:tls, and takes an undefined name for a name. */
function tlsOptions(tls: LeasePlace['tls']): ConnectionOptions['tls'] {
  const files = {caFile: tls?.ca, certFile: tls?.cert, keyFile: tls?.key}
  return tls?.servername === undefined ? files : Object.assign(files, {servername: tls.servername})
}

async function credentials(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new UsageError(`leases.creds: ${path}: ${(cause as NodeJS.ErrnoException).code ?? 'cannot be read'}`, {
      code: 'SECRET_MISSING', cause,
    })
  }
}
