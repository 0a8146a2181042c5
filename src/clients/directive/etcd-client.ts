import {UnreachableError} from '../net/errors.ts'
import {openEtcd, type EtcdOptions, type EtcdRpc, type WatchCall} from './etcd-rpc.ts'
import type {TxnRequest, TxnResponse, WatchResponse} from './etcd-proto.ts'

export interface LeaseLeft {
  grantedSecs: number
  remainingSecs: number
}

/** The few calls of etcd v3 that a directive store needs. */
export interface Etcd {
  readonly place: string
  /** Harmless to repeat: tried on each endpoint in turn. */
  read(request: TxnRequest, signal?: AbortSignal): Promise<TxnResponse>
  /** Sent once, to the endpoint that answered last; rejects with the bare gRPC error. */
  write(request: TxnRequest, signal?: AbortSignal): Promise<TxnResponse>
  /** The id of a new lease; etcd may grant it longer than asked. */
  grantLease(ttlSecs: number, signal?: AbortSignal): Promise<string>
  revokeLease(id: string): Promise<void>
  /** Undefined when the lease is over. */
  leaseLeft(id: string, signal?: AbortSignal): Promise<LeaseLeft | undefined>
  /** Every answer on one key from a revision on, until the signal aborts; rejects when the server goes silent. */
  watch(key: Buffer, startRevision: string, signal: AbortSignal): AsyncIterable<WatchResponse>
  close(): void
}

export async function createEtcd(options: EtcdOptions): Promise<Etcd> {
  const rpc = await openEtcd(options)
  return {
    place: rpc.place,
    read: (request, signal) => rpc.anywhere('Txn', request, signal),
    write: (request, signal) => rpc.once('Txn', request, signal),
    async grantLease(ttlSecs, signal) {
      return (await rpc.anywhere<{ID: string}>('LeaseGrant', {TTL: String(ttlSecs)}, signal)).ID
    },
    async revokeLease(id) {
      await rpc.anywhere('LeaseRevoke', {ID: id})
    },
    leaseLeft: (id, signal) => leaseLeft(rpc, id, signal),
    watch: (key, startRevision, signal) => rpc.watch(call => {
      call.write({create_request: {key, start_revision: startRevision}})
      return answers(call, signal, options.timeoutMs)
    }, signal),
    close: () => rpc.close(),
  }
}

async function leaseLeft(rpc: EtcdRpc, id: string, signal?: AbortSignal): Promise<LeaseLeft | undefined> {
  const {TTL, grantedTTL} = await rpc.anywhere<{TTL: string; grantedTTL: string}>('LeaseTimeToLive', {ID: id}, signal)
  return Number(TTL) < 0 ? undefined : {grantedSecs: Number(grantedTTL), remainingSecs: Number(TTL)}
}

/** A quiet watch and a frozen server look the same, so the server is asked for a sign every second. */
const heartbeatMs = 1000

async function* answers(call: WatchCall, signal: AbortSignal, silenceMs: number): AsyncGenerator<WatchResponse> {
  let heardAtMs = performance.now()
  const stop = () => call.cancel()
  const heartbeat = setInterval(() => {
    if (performance.now() - heardAtMs < silenceMs) call.write({progress_request: {}})
    else call.destroy(new UnreachableError('etcd: the watch went silent', {code: 'SILENT', hint: 'Is etcd frozen?'}))
  }, Math.min(heartbeatMs, silenceMs / 2))
  signal.addEventListener('abort', stop, {once: true})
  try {
    for await (const answer of call as AsyncIterable<WatchResponse>) {
      heardAtMs = performance.now()
      yield answer
      if (answer.canceled) return
    }
  } finally {
    clearInterval(heartbeat)
    signal.removeEventListener('abort', stop)
    call.cancel()
  }
}
