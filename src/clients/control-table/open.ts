import {join, resolve} from 'node:path'
import {UsageError} from '../net/errors.ts'
import type {TableStore} from './store.ts'

export interface Location {
  /** What scouter's SCOUTER_STORAGE_URI takes: a folder, or `s3://bucket/prefix`. */
  uri: string
  region?: string
  endpoint?: string
  profile?: string
  pathStyle?: boolean
  timeoutMs: number
  connectTimeoutMs: number
}

const tableFolder = '_scouter_control'

/** The store of the table below a storage URI; the S3 client is loaded only for S3. */
export async function openStore(location: Location): Promise<TableStore> {
  const {uri} = location
  if (/^s3:\/\//i.test(uri)) {
    const {bucket, prefix} = s3Place(uri)
    const {s3Store} = await import('./s3-store.ts')
    return s3Store({...location, bucket, prefix: [prefix, tableFolder].filter(Boolean).join('/')})
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(uri)?.[1]
  if (scheme) throw unknownScheme(uri, scheme)
  const {localStore} = await import('./local-store.ts')
  return localStore(join(resolve(uri), tableFolder))
}

function s3Place(uri: string): {bucket: string; prefix: string} {
  const [bucket = '', ...rest] = uri.slice('s3://'.length).split('/')
  if (!bucket) throw new UsageError(`"${uri}" names no bucket`, {hint: 'Write s3://bucket/prefix.'})
  return {bucket, prefix: rest.filter(Boolean).join('/')}
}

function unknownScheme(uri: string, scheme: string): UsageError {
  const hint = scheme.toLowerCase() === 'file'
    ? 'Write the plain path. scouter itself takes file:// for the name of a relative folder.'
    : 'A folder or s3://bucket/prefix; gs:// and az:// are not supported yet.'
  return new UsageError(`"${uri}": ${scheme}:// is not supported here`, {code: 'BAD_URI', hint})
}
