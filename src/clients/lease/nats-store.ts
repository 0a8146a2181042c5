import type {ConnectionOptions} from '@nats-io/transport-node'
import {withDeadline} from '../net/deadline.ts'
import {connectNats, type NatsLink} from './nats-connect.ts'
import {natsError} from './nats-errors.ts'
import {apiAnswer, apiCode, storedEntry, streamInfo, subjects, writeHeaders, type StreamInfo} from './nats-wire.ts'
import type {BucketFacts, ChangesSince, LeaseEntry, LeaseStore, Mark} from './store.ts'

export interface NatsOptions {
  /** `nats://host:port`, several with commas, without credentials. */
  url: string
  bucket: string
  /** Of connecting and of each request. */
  timeoutMs: number
  /** Credentials and TLS, as the NATS client takes them. */
  connection?: ConnectionOptions
}

const readsAtOnce = 16

/**
 * Leases in a JetStream key-value bucket, by plain requests: it cannot create a bucket nor change its settings. Reads
 * go to the stream's leader, since a replica may be behind. A user needs `$JS.API.STREAM.INFO.KV_<bucket>`,
 * `$JS.API.STREAM.MSG.GET.KV_<bucket>`, to write `$KV.<bucket>.>`, and an inbox.
 */
export class NatsLeaseStore implements LeaseStore {
  readonly place: string
  readonly #link: NatsLink
  readonly #options: NatsOptions
  readonly #subjects: ReturnType<typeof subjects>
  readonly #headers: typeof import('./nats-library.ts').headers

  private constructor(link: NatsLink, headers: typeof import('./nats-library.ts').headers, options: NatsOptions) {
    this.place = `${options.url}/${options.bucket}`
    this.#link = link
    this.#headers = headers
    this.#options = options
    this.#subjects = subjects(options.bucket)
  }

  static async open(options: NatsOptions): Promise<NatsLeaseStore> {
    const {headers} = await import('./nats-library.ts')
    const link = await connectNats({
      timeout: options.timeoutMs, ...options.connection, servers: options.url.split(','),
      // A server that restarts is found again, however long it takes; each request has its own limit.
      reconnect: true, maxReconnectAttempts: -1, reconnectTimeWait: 250, reconnectJitter: 100, reconnectJitterTLS: 100,
    }, options.url)
    return new NatsLeaseStore(link, headers, options)
  }

  read(key: string, signal: AbortSignal): Promise<LeaseEntry | undefined> {
    return this.#ask(`reading ${key}`, signal, () => this.#message({last_by_subj: this.#subjects.key(key)}))
  }

  async list(signal: AbortSignal): Promise<LeaseEntry[]> {
    const keys = await this.#ask('listing keys', signal, () => this.#keys())
    const entries: LeaseEntry[] = []
    for (let at = 0; at < keys.length; at += readsAtOnce) {
      const read = await Promise.all(keys.slice(at, at + readsAtOnce).map(key => this.read(key, signal)))
      entries.push(...read.filter(entry => entry !== undefined))
    }
    return entries
  }

  async history(key: string, signal: AbortSignal): Promise<LeaseEntry[]> {
    return this.#since(1n, this.#subjects.key(key), signal)
  }

  async historyNote(signal: AbortSignal): Promise<string> {
    const {history} = await this.facts(signal)
    if (history === 1) return 'The bucket keeps one record of a key: what was before it is not known.'
    return `The bucket keeps ${history} records of a key: what was before them is not known.`
  }

  async changes(since: Mark | undefined, signal: AbortSignal): Promise<ChangesSince | undefined> {
    const {lastRevision, created} = await this.#ask('looking for changes', signal, () => this.#info())
    const mark = {revision: lastRevision, incarnation: created}
    if (!since) return {mark, entries: []}
    if (since.incarnation !== created || lastRevision < since.revision) return undefined
    const isNews = lastRevision > since.revision
    const entries = isNews ? await this.#since(since.revision + 1n, this.#subjects.all, signal) : []
    return {mark: {...mark, revision: entries.at(-1)?.revision ?? lastRevision}, entries}
  }

  write(key: string, value: Uint8Array, expectedRevision: bigint, signal: AbortSignal, id?: string): Promise<bigint> {
    return this.#ask(`writing ${key}`, signal, async () => {
      const headers = this.#headers()
      headers.set(writeHeaders.expected, String(expectedRevision))
      if (id !== undefined) headers.set(writeHeaders.id, id)
      const {timeoutMs: timeout} = this.#options
      const answer = await this.#link.connection.request(this.#subjects.key(key), value, {timeout, headers})
      return BigInt(apiAnswer(answer.data)['seq'] as number | bigint)
    })
  }

  describeWrite(key: string, value: Uint8Array, expectedRevision: bigint): string {
    return [
      `PUB ${this.#subjects.key(key)}`, `${writeHeaders.expected}: ${expectedRevision}`,
      `${writeHeaders.id}: (a new UUID)`,
      new TextDecoder().decode(value),
    ].join('\n')
  }

  async facts(signal: AbortSignal): Promise<BucketFacts> {
    const {config} = await this.#ask('settings of the bucket', signal, () => this.#info())
    return {
      servers: this.#link.connection.info?.version ?? 'unknown', maxAgeMs: Number(config['max_age'] ?? 0) / 1_000_000,
      history: Number(config['max_msgs_per_subject'] ?? 1), replicas: Number(config['num_replicas'] ?? 1),
      discard: config['discard'] === 'old' ? 'old' : 'new', maxBytes: Number(config['max_bytes'] ?? -1),
      allowDirect: config['allow_direct'] === true,
    }
  }

  async close(): Promise<void> {
    await this.#link.close()
  }

  async #keys(): Promise<string[]> {
    const keys: string[] = []
    for (;;) {
      const page = await this.#info({subjects_filter: this.#subjects.all, offset: keys.length})
      keys.push(...page.keys)
      if (page.keys.length === 0 || keys.length >= page.totalKeys) return keys.sort()
    }
  }

  /** Every message from a sequence on, one by one, with the newest state of the stream as the end. */
  async #since(first: bigint, subject: string, signal: AbortSignal): Promise<LeaseEntry[]> {
    const entries: LeaseEntry[] = []
    for (let at = first; ;) {
      const next = {seq: Number(at), next_by_subj: subject}
      const entry = await this.#ask('reading changes', signal, () => this.#message(next))
      if (!entry) return entries
      entries.push(entry)
      at = entry.revision + 1n
    }
  }

  async #info(request?: {subjects_filter: string; offset: number}): Promise<StreamInfo> {
    return streamInfo(await this.#request(this.#subjects.info, request), this.#options.bucket)
  }

  async #message(
    request: {last_by_subj: string} | {seq: number; next_by_subj: string},
  ): Promise<LeaseEntry | undefined> {
    try {
      return storedEntry(await this.#request(this.#subjects.message, request), this.#options.bucket)
    } catch (error) {
      if ((error as {code?: unknown}).code === apiCode.noMessage) return undefined
      throw error
    }
  }

  async #request(subject: string, body?: object) {
    const data = body ? JSON.stringify(body) : ''
    return apiAnswer((await this.#link.connection.request(subject, data, {timeout: this.#options.timeoutMs})).data)
  }

  async #ask<T>(what: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    try {
      return await withDeadline(what, this.#options.timeoutMs, signal, inner =>
        Promise.race([work(), aborted(inner)]), this.place)
    } catch (error) {
      throw error === signal.reason ? error : natsError(error, this.place)
    }
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), {once: true})
  })
}
