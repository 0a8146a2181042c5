import {randomBytes} from 'node:crypto'
import type {Clock} from '../net/deadline.ts'
import {ConflictError, OpsError, SystemError, UnreachableError} from '../net/errors.ts'
import type {Caller} from './caller.ts'
import type {Leader} from './leader.ts'
import {valueOf} from './kv-read.ts'
import {verdictOfAnswer, verdictOfError, type Verdict} from './outcome.ts'
import {Policy, type WriteCommand} from './proto.ts'
import {readBack, type Intent} from './read-back.ts'
import type {KvState} from './value.ts'

export interface Write {
  key: Buffer
  command: WriteCommand
  intent: Intent
}

/** What became of a write; `found` is what the key held when it was read back. */
export type Written =
  | {state: 'done'; node: number; by: 'answer' | 'read-back'}
  | {state: 'not-done'; error: OpsError}
  | {state: 'unknown'; error: OpsError; found?: {value: Buffer | undefined; isSettled: boolean}}

const pauseMs = 50

/** Writes through whoever leads, and finds out what became of it. */
export class Writer {
  readonly #leader: Leader
  readonly #clock: Clock
  readonly #patienceMs: number

  /** `patienceMs`: for finding a node that takes the write, and again for reading it back. */
  constructor(leader: Leader, clock: Clock, patienceMs: number) {
    this.#leader = leader
    this.#clock = clock
    this.#patienceMs = patienceMs
  }

  /** Sent to a proven leader; sent again only when it is certain that the one before was not taken. */
  async write(write: Write, signal: AbortSignal): Promise<Written> {
    const untilMs = this.#clock.monotonicMs() + this.#patienceMs
    for (;;) {
      const node = await this.#leader.proven(signal)
      const verdict = await send(node, write.command)
      if (verdict.state === 'done') return {state: 'done', node: node.id, by: 'answer'}
      if (verdict.state === 'lost' && write.command.cas) return {state: 'not-done', error: lost(undefined)}
      this.#leader.forget()
      if (verdict.state === 'lost') return this.#resolve(write, refusedPlainly(node), signal)
      if (verdict.state === 'unknown') return this.#resolve(write, verdict.error, signal)
      if (!verdict.again || this.#clock.monotonicMs() >= untilMs) return verdict
      await this.#clock.sleep(pauseMs, signal)
    }
  }

  async #resolve({key, intent}: Write, error: OpsError, signal: AbortSignal): Promise<Written> {
    try {
      const isSettled = await this.#fence(key, signal)
      const {node, results} = await this.#leader.read({keys: [key], policy: Policy.linearizable}, signal)
      const value = valueOf(results, key)
      const state = isSettled ? readBack(intent, value) : 'unknown'
      if (state === 'done') return {state, node: node.id, by: 'read-back'}
      return state === 'not-done' ? {state, error: neverCame(error)} : {state, error, found: {value, isSettled}}
    } catch {
      return {state: 'unknown', error}
    }
  }

  /**
   * Puts an entry behind the write into the log: a compare-and-swap that cannot succeed, which changes nothing and
   * makes no event. Once it is refused it was applied, and with it everything before it in the log of this leader
   * or of its successors; what is in neither log by then never comes. False when no leader answered in time.
   */
  async #fence(key: Buffer, signal: AbortSignal): Promise<boolean> {
    const untilMs = this.#clock.monotonicMs() + this.#patienceMs
    const cas = {key, expected: randomBytes(24), value: Buffer.alloc(0)}
    while (this.#clock.monotonicMs() < untilMs) {
      const node = await this.#leader.proven(signal)
      if ((await send(node, {cas})).state === 'lost') return true
      await this.#clock.sleep(pauseMs, signal)
    }
    return false
  }
}

/** The signal does not reach it: a call that is cut off has an outcome nobody knows, and it ends soon anyway. */
async function send(node: Caller, command: WriteCommand): Promise<Verdict> {
  try {
    return verdictOfAnswer(await node.call('write', {command}), node.endpoint)
  } catch (error) {
    return verdictOfError(error, node.endpoint)
  }
}

/** A compare-and-swap that was refused; `holds` is told when it is known. */
export function lost(holds: KvState | null | undefined): ConflictError {
  const now = holds === undefined ? 'something else than expected'
    : holds === null ? 'nothing' : JSON.stringify(holds.value ?? holds.sha256)
  return new ConflictError(`not swapped: the key holds ${now}`, {
    code: 'CAS_LOST', hint: 'Read it again, decide again, and swap from what is there now.',
    details: holds === undefined ? undefined : {holds},
  })
}

/** Only a compare-and-swap has ever been seen to be refused so. */
function refusedPlainly({endpoint}: Caller): SystemError {
  return new SystemError(`raft ${endpoint}: it did not succeed, and no reason was given`, {code: 'RAFT', endpoint})
}

function neverCame(cause: OpsError): OpsError {
  return new UnreachableError(`not written: ${cause.message}; read back: the key holds what it held before`, {
    code: 'NOT_WRITTEN', endpoint: cause.endpoint, cause,
    hint: 'Nor will it come: a later entry of the log was applied without it. Repeat it if you like.',
  })
}
