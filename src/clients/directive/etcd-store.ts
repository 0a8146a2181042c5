import type {Outcome} from '../net/change.ts'
import {backoffMs, type Clock} from '../net/deadline.ts'
import {OpsError, UnauthorizedError} from '../net/errors.ts'
import type {Etcd} from './etcd-client.ts'
import {asRpcError, etcdError, isNoAnswer, neverLeft} from './etcd-errors.ts'
import type {KeyValue, RequestOp, TxnRequest, TxnResponse, WatchResponse} from './etcd-proto.ts'
import type {Snapshot} from './listing.ts'
import {decodeRecord, encodeRecord} from './record.ts'
import {
  changedMeanwhile, snapshotOf, type DirectiveStore, type SetWrite, type StoreEvent, type Written,
} from './store.ts'

export interface EtcdStoreOptions {
  etcd: Etcd
  /** The key that the proxies read; without a leading slash by default. */
  key: string
  clock: Clock
  random: () => number
}

/**
 * The set under one key, our record of it under `<key>.meta`, both written by one transaction that is
 * conditional on the key's mod_revision. A third key, `<key>.fence`, is written only to settle an unanswered
 * write: every write compares it, so a late one cannot land after we have said that it did not.
 */
export function createEtcdStore({etcd, key, clock, random}: EtcdStoreOptions): DirectiveStore {
  const keys = {set: Buffer.from(key), meta: Buffer.from(`${key}.meta`), fence: Buffer.from(`${key}.fence`)}
  const load = async (signal?: AbortSignal): Promise<Snapshot> => {
    const answer = await etcd.read({compare: [], success: readsOf(keys), failure: []}, signal)
    const reading = readingOf(answer)
    const leaseId = reading.set?.lease ?? '0'
    const lease = leaseId === '0' ? undefined : await etcd.leaseLeft(leaseId, signal)
    return {...snapshotFrom(reading), readAtMs: clock.nowMs(), lease}
  }
  return {
    kind: 'etcd',
    place: `${etcd.place}/${key}`,
    warnings: [],
    load,
    describe: ({seen, value, leaseSecs}) =>
      `etcd txn on ${etcd.place}: if mod_revision(${key}) = ${seen.version}, put ${key} and ${key}.meta` +
      `${leaseSecs > 0 ? `, with a lease of ${leaseSecs} s` : ''}\n${value}`,
    async write(write, signal) {
      const lease = write.leaseSecs > 0 ? await etcd.grantLease(write.leaseSecs, signal) : undefined
      const outcome = await etcd.write(publication(keys, write, lease), signal)
        .then(answer => written(write, answer), failure => unanswered(failure, write, {etcd, keys, clock, random}))
      if (lease && outcome.state === 'not-done') await etcd.revokeLease(lease).catch(() => {})
      return outcome
    },
    watch: (since, signal) => watchSet({etcd, key, load, clock, random}, since, signal),
    async close() {
      etcd.close()
    },
  }
}

interface Keys {
  set: Buffer
  meta: Buffer
  fence: Buffer
}

const readsOf = ({set, meta, fence}: Keys): RequestOp[] => [set, meta, fence].map(key => ({request_range: {key}}))

/** A write that failed: was it done? The fence tells, and when it goes in, the write never can any more. */
async function unanswered(
  failure: unknown, write: SetWrite, {etcd, keys, clock, random}: Omit<EtcdStoreOptions, 'key'> & {keys: Keys},
): Promise<Outcome<Written>> {
  const rpc = asRpcError(failure)
  const error = etcdError(failure, etcd.place)
  const wasSent = rpc !== undefined && !neverLeft(rpc)
  const mayHaveLanded = wasSent && (isNoAnswer(rpc) || error.code === 'ABORTED')
  if (!mayHaveLanded) return {state: 'not-done', error}
  const fence: TxnRequest = {
    compare: [unchanged(keys.set, write.seen.version)],
    success: [put(keys.fence, write.record.nonce)],
    failure: readsOf(keys),
  }
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (attempt > 0) await clock.sleep(backoffMs(attempt, random))
    const answer = await etcd.read(fence).catch(() => undefined)
    if (answer) return settled(write, error, answer)
  }
  return {state: 'unknown', error}
}

function publication(keys: Keys, {seen, value, record}: SetWrite, lease: string | undefined): TxnRequest {
  return {
    compare: [unchanged(keys.set, seen.version), unchanged(keys.fence, seen.fence ?? '0')],
    success: [put(keys.set, value, lease), put(keys.meta, encodeRecord({...record, raftTerm: seen.raftTerm}), lease)],
    failure: readsOf(keys),
  }
}

function unchanged(key: Buffer, modRevision: string): TxnRequest['compare'][number] {
  return {result: 'EQUAL', target: 'MOD', key, mod_revision: modRevision}
}

function put(key: Buffer, value: string, lease?: string): RequestOp {
  return {request_put: {key, value: Buffer.from(value), ...(lease === undefined ? {} : {lease})}}
}

interface Reading {
  set: KeyValue | undefined
  meta: KeyValue | undefined
  fence: KeyValue | undefined
  raftTerm: string
  revision: string
}

function readingOf({header, responses}: TxnResponse): Reading {
  const [set, meta, fence] = responses.map(response => response.response_range?.kvs[0])
  return {set, meta, fence, raftTerm: header.raft_term, revision: header.revision}
}

/** Both keys are written by one transaction, so they carry the same revision as long as nobody went past us. */
function snapshotFrom({set, meta, fence, raftTerm, revision}: Reading): Omit<Snapshot, 'readAtMs'> {
  const record = meta && decodeRecord(meta.value.toString())
  const isOurs = record !== undefined && meta?.mod_revision === set?.mod_revision
  return {
    store: 'etcd', version: set?.mod_revision ?? '0', fence: fence?.mod_revision ?? '0', raftTerm, revision,
    ...snapshotOf(set?.value.toString()), record,
    recordState: isOurs ? 'matches' : meta ? 'passed over' : 'absent',
  }
}

function written(write: SetWrite, answer: TxnResponse): Outcome<Written> {
  if (answer.succeeded) return {state: 'done', result: {version: answer.header.revision}}
  return {state: 'not-done', error: changedMeanwhile(write.seen, readingOf(answer).set?.mod_revision ?? '0')}
}

/** After the fence: it went in, so our write did not and never can; or the key moved, by us or by another. */
function settled(write: SetWrite, error: OpsError, answer: TxnResponse): Outcome<Written> {
  if (answer.succeeded) return {state: 'not-done', error}
  const {set, meta} = readingOf(answer)
  const found = meta && decodeRecord(meta.value.toString())
  if (found?.nonce === write.record.nonce) return {state: 'done', result: {version: set?.mod_revision ?? '0'}}
  return {state: 'not-done', error: changedMeanwhile(write.seen, set?.mod_revision ?? '0')}
}

interface Watching extends EtcdStoreOptions {
  load(signal?: AbortSignal): Promise<Snapshot>
}

/** Follows the key; after a lost connection it reads again, so that nothing stays unseen. */
async function* watchSet(watching: Watching, since: Snapshot, signal: AbortSignal): AsyncGenerator<StoreEvent> {
  const {key, load, clock, random} = watching
  let last = since
  let isLost = false
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      const now = await load(signal)
      // After a gap also when it is the same: that it can be read again is news.
      if (isLost || now.version !== last.version) yield {kind: 'set', snapshot: now}
      isLost = false
      last = now
      const startRevision = String(BigInt(now.revision ?? '0') + 1n)
      for await (const answer of watching.etcd.watch(Buffer.from(key), startRevision, signal)) {
        refuseCancelled(answer, watching.etcd.place)
        attempt = 0
        if (answer.events.length === 0) continue
        last = await load(signal)
        yield {kind: 'set', snapshot: last}
      }
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof OpsError) || error.exit !== 4) throw error
      if (!isLost) yield {kind: 'gap', error}
      isLost = true
      await clock.sleep(backoffMs(attempt, random, 200, 2_000), signal).catch(() => {})
    }
  }
}

/** A cancel comes on a stream that stays open: a compacted start is read again, a refusal is an error. */
function refuseCancelled({canceled, compact_revision: compacted, cancel_reason: reason}: WatchResponse, place: string) {
  if (!canceled || compacted !== '0') return
  throw new UnauthorizedError(`etcd ${place}: the watch was refused: ${reason || 'no reason given'}`, {endpoint: place})
}
