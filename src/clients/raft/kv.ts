import type {Change, Outcome} from '../net/change.ts'
import type {Clock} from '../net/deadline.ts'
import {checkTtl, checkWrite, isLarge} from './kv-limits.ts'
import {Reader} from './kv-read.ts'
import {lost, Writer, type Written} from './kv-write.ts'
import type {Caller} from './caller.ts'
import {Leader} from './leader.ts'
import {openNodes, type RaftNode, type RaftOptions} from './node.ts'
import type {WriteCommand} from './proto.ts'
import type {Intent} from './read-back.ts'
import {digestOf, shortItem, showBytes, type Encoding, type KvState} from './value.ts'

/** A write that is certain to be in the cluster. */
export interface KvResult {
  key: string
  keyEncoding: Encoding
  action: 'put' | 'delete' | 'cas'
  /** How it is known: `read-back` when the answer was lost. */
  knownBy: 'answer' | 'read-back'
  /** The node that answered. */
  leader: number
  before: KvState | null
  after: KvState | null
}

export interface KvManner {
  clock: Clock
  /** How long a read or a write goes on looking for a leader, and as long for reading back. */
  patienceMs: number
  /** Whether leases are switched on in the nodes, by the operator's word. */
  areLeasesOn: boolean
}

export type KvOptions = RaftOptions & KvManner

export interface WriteOptions {
  /** Tells values by size and digest only: in the plan, the answer, errors and the audit log. */
  hide?: boolean
}

export interface PutOptions extends WriteOptions {
  /** Seconds until it expires. */
  ttlSecs?: bigint
  /** Writes beyond 256 KiB. */
  force: boolean
}

export interface CasOptions extends WriteOptions {
  /** What the key must hold; undefined: it must not exist. */
  expected: Buffer | undefined
  /** Nobody else can have written the value, so that finding it proves that it was ours. */
  unique: boolean
  force: boolean
}

interface Plan {
  action: KvResult['action']
  key: Buffer
  before: Buffer | undefined
  after: Buffer | undefined
  command: WriteCommand
  intent: Intent
  warnings: string[]
  hide: boolean
}

/**
 * Keys and values of one d-engine cluster; both are bytes. Reads and writes look for the leader for `patienceMs`, then
 * reject with UnreachableError (`NO_LEADER`, `UNREACHABLE`). Plans reject with UsageError or RefusedError for what the
 * nodes would not survive or take (`kv-limits.ts`). A write without an answer is read back, and is `unknown` only when
 * that cannot tell.
 */
export class RaftKv {
  readonly nodes: readonly Caller[]
  readonly reader: Reader
  readonly leader: Leader
  readonly #writer: Writer
  readonly areLeasesOn: boolean
  readonly #close: () => void

  constructor(nodes: readonly Caller[], options: KvManner, close = () => {}) {
    const {clock, patienceMs} = options
    this.nodes = nodes
    this.leader = new Leader(nodes, clock, patienceMs)
    this.reader = new Reader(this.leader, clock, patienceMs)
    this.#writer = new Writer(this.leader, clock, patienceMs)
    this.areLeasesOn = options.areLeasesOn
    this.#close = close
  }

  static async open(options: KvOptions): Promise<RaftKv> {
    const nodes: RaftNode[] = await openNodes(options)
    return new RaftKv(nodes, options, () => nodes.forEach(node => node.close()))
  }

  /** Writes whatever the key holds. A `ttlSecs` only where leases are on: else one such write stops every node. */
  async planPut(
    key: Buffer, value: Buffer, {ttlSecs, force, hide = false}: PutOptions, signal: AbortSignal,
  ): Promise<Change<KvResult>> {
    checkTtl(ttlSecs, this.areLeasesOn)
    checkWrite(key, value, force)
    const before = await this.#now(key, signal)
    return this.#change({
      action: 'put', key, before, after: value, hide,
      command: {insert: {key, value, ...(ttlSecs === undefined ? {} : {ttlSecs})}},
      intent: {kind: 'put', before, value, expires: ttlSecs !== undefined},
      warnings: [...this.#oldTtl(before, ttlSecs), ...sizeWarnings(value)],
    })
  }

  /** Also of a key that is not there, which watchers see as a delete. */
  async planDelete(key: Buffer, {hide = false}: WriteOptions, signal: AbortSignal): Promise<Change<KvResult>> {
    const before = await this.#now(key, signal)
    return this.#change({
      action: 'delete', key, before, after: undefined, command: {delete: {key}}, intent: {kind: 'delete', before}, hide,
      warnings: before === undefined ? ['the key is not there; watchers see a delete all the same'] : [],
    })
  }

  /** Rejects with ConflictError `CAS_LOST` when the key holds something else already. */
  async planCas(
    key: Buffer, value: Buffer, {expected, unique, force, hide = false}: CasOptions, signal: AbortSignal,
  ): Promise<Change<KvResult>> {
    checkWrite(key, value, force, expected)
    const before = await this.#now(key, signal)
    const isAsExpected = before === undefined || expected === undefined ? before === expected : before.equals(expected)
    if (!isAsExpected) throw lost(before ? shortItem(key, before, hide) : null)
    return this.#change({
      action: 'cas', key, before, after: value, command: {cas: {key, value, ...(expected ? {expected} : {})}},
      intent: {kind: 'cas', expected, value, unique}, hide,
      warnings: [...this.#oldTtl(before, undefined), ...sizeWarnings(value)],
    })
  }

  close(): void {
    this.#close()
  }

  async #now(key: Buffer, signal: AbortSignal): Promise<Buffer | undefined> {
    return (await this.reader.get([key], 'linearizable', undefined, signal)).values[0]
  }

  #oldTtl(before: Buffer | undefined, ttlSecs: bigint | undefined): string[] {
    const mayExpire = this.areLeasesOn && before !== undefined && ttlSecs === undefined
    return mayExpire ? ['if the key has a TTL, the new value keeps it; delete the key first to make it permanent'] : []
  }

  #change(plan: Plan): Change<KvResult> {
    const {action, key, before, after, warnings, hide} = plan
    const item = (value: Buffer | undefined) => (value === undefined ? undefined : shortItem(key, value, hide))
    return {
      system: 'raft', action, target: showBytes(key).text, before: item(before), after: item(after), warnings,
      ...(plan.intent.kind === 'cas' ? {ifVersion: expectation(plan.intent.expected, hide)} : {}),
      request: requestText(plan), destructive: action === 'delete',
      apply: async signal => this.#outcome(plan, await this.#writer.write(plan, signal), signal),
    }
  }

  async #outcome(plan: Plan, written: Written, signal: AbortSignal): Promise<Outcome<KvResult>> {
    const {action, key, hide} = plan
    const item = (value: Buffer | undefined) => (value === undefined ? null : shortItem(key, value, hide))
    if (written.state === 'unknown') {
      const {error, found} = written
      const held = found && {holds: item(found.value), isSettled: found.isSettled}
      return {state: 'unknown', error, ...(held ? {found: held} : {})}
    }
    if (written.state === 'not-done') {
      if (written.error.code !== 'CAS_LOST') return written
      // Only to tell what it holds: the refusal stands whatever comes of this.
      const holds = await this.#now(key, signal).then(item, () => undefined)
      return {state: 'not-done', error: lost(holds)}
    }
    const {text, encoding} = showBytes(key)
    const [before, after] = [item(plan.before), item(plan.after)]
    const {by: knownBy, node: leader} = written
    return {state: 'done', result: {key: text, keyEncoding: encoding, action, knownBy, leader, before, after}}
  }
}

/** An empty value is what a pipe brings whose first program failed. */
function sizeWarnings(value: Buffer): string[] {
  if (value.length === 0) return ['the new value is empty']
  return isLarge(value) ? [`${value.length} bytes: let nobody else write a large value at the same time`] : []
}

function expectation(expected: Buffer | undefined, hide: boolean): string {
  if (expected === undefined) return 'absent'
  return expected.length === 0 ? 'empty' : fieldText(expected, hide)
}

/** What goes over the wire, field by field; bytes as text when they are text. */
function requestText({command, key, after, hide}: Plan): string {
  const field = (name: string, bytes: Uint8Array | undefined) => (bytes ? [`${name}: ${fieldText(bytes, hide)}`] : [])
  const [kind] = Object.keys(command)
  return [
    `d_engine.client.RaftClientService/HandleClientWrite ${kind}`, `key: ${fieldText(key, false)}`,
    ...field('expected_value', command.cas?.expected), ...field(command.cas ? 'new_value' : 'value', after),
    ...(command.insert?.ttlSecs === undefined ? [] : [`ttl_secs: ${command.insert.ttlSecs}`]),
  ].join('\n')
}

function fieldText(bytes: Uint8Array, hide: boolean): string {
  if (hide) return `sha256:${digestOf(bytes)} (${bytes.length} bytes)`
  const {text, encoding} = showBytes(bytes.subarray(0, 1_024))
  const shown = encoding === 'utf8' ? JSON.stringify(text) : `0x${text}`
  return bytes.length > 1_024 ? `${shown} … (${bytes.length} bytes)` : shown
}
