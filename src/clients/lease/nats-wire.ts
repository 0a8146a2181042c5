import {parseJson, type Json} from '../net/json.ts'
import type {LeaseEntry} from './store.ts'

/** The few requests of JetStream that a lease needs, as they stand on the wire. */
export const subjects = (bucket: string) => ({
  info: `$JS.API.STREAM.INFO.KV_${bucket}`,
  message: `$JS.API.STREAM.MSG.GET.KV_${bucket}`,
  key: (key: string) => `$KV.${bucket}.${key}`,
  all: `$KV.${bucket}.>`,
})

/** Headers of a write: the revision that it replaces, and a name by which its writer knows it again. */
export const writeHeaders = {expected: 'Nats-Expected-Last-Subject-Sequence', id: 'Nats-Msg-Id'} as const

export const apiCode = {noMessage: 10037, noStream: 10059} as const

type Fields = {[name: string]: Json | undefined}

/** An answer of JetStream. Throws what `natsError` reads: `code` is the API's own number, `status` as in HTTP. */
export function apiAnswer(data: Uint8Array): Fields {
  const answer = parseJson(new TextDecoder().decode(data)) as Fields
  const failure = answer['error'] as Fields | undefined
  if (!failure) return answer
  throw Object.assign(new Error(String(failure['description'])), {
    name: 'JetStreamApiError', code: Number(failure['err_code']), status: Number(failure['code']),
  })
}

/** The message of a `STREAM.MSG.GET` answer. */
export function storedEntry(answer: Fields, bucket: string): LeaseEntry {
  const message = answer['message'] as Fields
  const headers = headerLines(message['hdrs'])
  return {
    key: String(message['subject']).slice(`$KV.${bucket}.`.length),
    revision: BigInt(message['seq'] as number | bigint),
    value: new Uint8Array(Buffer.from(String(message['data'] ?? ''), 'base64')),
    operation: operationOf(headers),
    writtenAtMs: Date.parse(String(message['time'])),
    previousRevision: revisionOf(headers.get(writeHeaders.expected)),
    writeId: headers.get(writeHeaders.id),
  }
}

/** A server that removes what has aged leaves a marker with a reason of its own. */
function operationOf(headers: ReadonlyMap<string, string>): LeaseEntry['operation'] {
  const operation = headers.get('KV-Operation')
  if (operation === 'DEL' || operation === 'PURGE') return operation
  return headers.has('Nats-Marker-Reason') ? 'PURGE' : 'PUT'
}

function headerLines(hdrs: Json | undefined): Map<string, string> {
  const lines = Buffer.from(String(hdrs ?? ''), 'base64').toString('utf8').split('\r\n').slice(1)
  return new Map(lines.flatMap((line): [string, string][] => {
    const [, name, value] = /^([^:]+):\s*(.*)$/.exec(line) ?? []
    return name === undefined ? [] : [[name, value ?? '']]
  }))
}

function revisionOf(text: string | undefined): bigint | undefined {
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : undefined
}

export interface StreamInfo {
  /** Of the oldest message that is still there. */
  firstRevision: bigint
  lastRevision: bigint
  /** When the stream was made: another one means that the bucket was made anew. */
  created: string
  config: Fields
  /** Keys with a message, when they were asked for. */
  keys: string[]
  totalKeys: number
}

export function streamInfo(answer: Fields, bucket: string): StreamInfo {
  const state = answer['state'] as Fields
  const prefix = `$KV.${bucket}.`
  return {
    firstRevision: BigInt(state['first_seq'] as number | bigint),
    lastRevision: BigInt(state['last_seq'] as number | bigint),
    created: String(answer['created']),
    config: answer['config'] as Fields,
    keys: Object.keys((state['subjects'] as Fields | undefined) ?? {}).map(subject => subject.slice(prefix.length)),
    totalKeys: Number(answer['total'] ?? 0),
  }
}
