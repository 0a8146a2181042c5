import type {NatsConnection, ConnectionOptions} from '@nats-io/transport-node'
import type {KV, KvEntry} from '@nats-io/kv'
import {withDeadline} from '../net/deadline.ts'
import {natsError} from './nats-errors.ts'
import type {BucketFacts, LeaseEntry, LeaseStore} from './store.ts'

export interface NatsOptions {
  /** nats://host:port, without credentials. */
  url: string
  bucket: string
  /** Of connecting and of each request. */
  timeoutMs: number
  /** Credentials and TLS, as the NATS client takes them. */
  connection?: ConnectionOptions
}

/** Leases in a JetStream key-value bucket. Binds to the bucket; never creates one and never changes its settings. */
export class NatsLeaseStore implements LeaseStore {
  readonly place: string
  readonly #connection: NatsConnection
  readonly #kv: KV
  readonly #options: NatsOptions

  private constructor(connection: NatsConnection, kv: KV, options: NatsOptions) {
    this.place = `${options.url}/${options.bucket}`
    this.#connection = connection
    this.#kv = kv
    this.#options = options
  }

  static async open(options: NatsOptions): Promise<NatsLeaseStore> {
    const {connect, Kvm} = await import('./nats-library.ts')
    const connection = await connect({
      name: 'opsdeck', timeout: options.timeoutMs, ...options.connection, servers: options.url, reconnect: true,
    }).catch((error: unknown) => { throw natsError(error, options.url) })
    try {
      const kv = await new Kvm(connection).open(options.bucket, {timeout: options.timeoutMs})
      await kv.status()
      return new NatsLeaseStore(connection, kv, options)
    } catch (error) {
      await connection.close()
      throw natsError(error, `${options.url}/${options.bucket}`)
    }
  }

  read(key: string, signal: AbortSignal): Promise<LeaseEntry | undefined> {
    return this.#ask(`reading ${key}`, signal, async () => {
      const entry = await this.#kv.get(key)
      return entry ? leaseEntry(entry) : undefined
    })
  }

  async list(signal: AbortSignal): Promise<LeaseEntry[]> {
    const keys = await this.#ask('listing keys', signal, async () => collect(await this.#kv.keys()))
    const entries = await Promise.all(keys.sort().map(key => this.read(key, signal)))
    return entries.filter(entry => entry !== undefined)
  }

  history(key: string, signal: AbortSignal): Promise<LeaseEntry[]> {
    return this.#ask(`history of ${key}`, signal, async () =>
      (await collect(await this.#kv.history({key}))).map(leaseEntry))
  }

  write(key: string, value: Uint8Array, expectedRevision: bigint, signal: AbortSignal): Promise<bigint> {
    return this.#ask(`writing ${key}`, signal, async () =>
      BigInt(await this.#kv.put(key, value, {previousSeq: Number(expectedRevision)})))
  }

  describeWrite(key: string, value: Uint8Array, expectedRevision: bigint): string {
    return [
      `PUB $KV.${this.#options.bucket}.${key}`,
      `Nats-Expected-Last-Subject-Sequence: ${expectedRevision}`, new TextDecoder().decode(value),
    ].join('\n')
  }

  facts(signal: AbortSignal): Promise<BucketFacts> {
    return this.#ask('settings of the bucket', signal, async () => {
      const {config} = (await this.#kv.status()).streamInfo
      return {
        servers: this.#connection.info?.version ?? 'unknown', maxAgeMs: Number(config.max_age ?? 0) / 1_000_000,
        history: config.max_msgs_per_subject ?? 1, replicas: config.num_replicas ?? 1,
        discard: config.discard === 'old' ? 'old' : 'new', maxBytes: config.max_bytes ?? -1, allowDirect: config.allow_direct === true,
      }
    })
  }

  async close(): Promise<void> {
    await this.#connection.close()
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

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), {once: true})
  })
}

function leaseEntry(entry: KvEntry): LeaseEntry {
  return {
    key: entry.key, revision: BigInt(entry.revision), value: entry.value,
    operation: entry.operation, writtenAtMs: entry.created.getTime(),
  }
}
