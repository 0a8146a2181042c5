import type {Clock} from '../net/deadline.ts'
import {OpsError, SystemError} from '../net/errors.ts'
import {proxyError, readTape, slugOf, type ExplainDocument, type ProxyInstance} from './proxy-api.ts'
import {mintToken, tokenHeader} from './token.ts'

/** Which set an instance really applies, found by a request that only one set's probe can catch. */
export interface Proof {
  instance: string
  /** `none`: neither the newest nor the set before; `unknown`: it could not be asked, see `error`. */
  applies: 'current' | 'previous' | 'none' | 'unknown'
  error?: OpsError
}

/** The probe indexes of the newest set and of the one before; an empty set has none. */
export interface Probes {
  current?: string
  previous?: string
}

/** The tape of an instance is a ring of this many entries. */
const tapeLength = 256

/**
 * Asks one instance. The request is refused by the proxy itself (`unsupported_endpoint`): nothing goes
 * upstream, it costs one `requests_error` and, where it is caught, one entry of the tape.
 */
export async function proveApplied(instance: ProxyInstance, probes: Probes, signal?: AbortSignal): Promise<Proof> {
  try {
    const {current, previous} = probes
    if (current !== undefined && await isCaught(instance, current, {}, signal)) return proof(instance, 'current')
    if (previous !== undefined && await isCaught(instance, previous, {}, signal)) return proof(instance, 'previous')
    if (current !== undefined) return proof(instance, 'none')
    if (previous !== undefined) return proof(instance, 'current')
    throw new SystemError('the set was published without a probe, so nothing can be told', {code: 'NO_PROBE'})
  } catch (error) {
    if (!(error instanceof OpsError)) throw error
    return {instance: instance.name, applies: 'unknown', error}
  }
}

/** Asks every instance, again and again until all apply the newest set or the time is over. */
export async function proveAll(
  instances: readonly ProxyInstance[], probes: Probes, clock: Clock, withinMs: number, signal?: AbortSignal,
): Promise<Proof[]> {
  const endMs = clock.monotonicMs() + withinMs
  const proofs = new Map<string, Proof>()
  for (let waitMs = 30; ; waitMs *= 2) {
    const open = instances.filter(({name}) => !isSettled(proofs.get(name)))
    for (const found of await Promise.all(open.map(instance => proveApplied(instance, probes, signal)))) {
      proofs.set(found.instance, found)
    }
    const isDone = [...proofs.values()].every(isSettled) || clock.monotonicMs() + waitMs > endMs
    if (isDone) return instances.map(({name}) => proofs.get(name)!)
    await clock.sleep(waitMs, signal)
  }
}

function isSettled(found: Proof | undefined): boolean {
  return found?.applies === 'current' || found?.applies === 'unknown'
}

export interface KeyProof {
  instance: string
  /** `not honoured`: another key, none, or a clock that is off by more than an hour. */
  key: 'held' | 'not honoured' | 'unknown'
  /** The instance's clock against ours, when more than half a minute apart: short tokens then fail. */
  clock?: 'agrees' | 'ahead' | 'behind'
  error?: OpsError
}

const clockToleranceSecs = 30

/** Whether an instance holds our signing key: the only online check of tokens, which it never answers. */
export async function proveKey(
  instance: ProxyInstance, key: string, nonce: string, nowMs: number, signal?: AbortSignal,
): Promise<KeyProof> {
  const index = `__probe-key-${nonce}`
  const nowSecs = Math.floor(nowMs / 1000)
  const honours = (expSecs: number) => {
    const token = mintToken({level: 'Off', expSecs, index, ringBuffer: true}, key)
    return isCaught(instance, index, {[tokenHeader]: token}, signal)
  }
  try {
    if (!await honours(nowSecs + 3600)) return {instance: instance.name, key: 'not honoured'}
    if (!await honours(nowSecs + clockToleranceSecs)) return {instance: instance.name, key: 'held', clock: 'ahead'}
    const isBehind = await honours(nowSecs - clockToleranceSecs)
    return {instance: instance.name, key: 'held', clock: isBehind ? 'behind' : 'agrees'}
  } catch (error) {
    if (!(error instanceof OpsError)) throw error
    return {instance: instance.name, key: 'unknown', error}
  }
}

/** Sends a request to `index` and looks for exactly it on the tape of the same instance. */
async function isCaught(
  instance: ProxyInstance, index: string, headers: Record<string, string>, signal?: AbortSignal,
): Promise<boolean> {
  const {http, dataToken} = instance
  const authorization: Record<string, string> = dataToken === undefined ? {} : {authorization: `Bearer ${dataToken}`}
  const answer = await http.request({path: `/${index}/x`, headers: {...authorization, ...headers}, signal})
  const requestId = answer.headers['x-request-id']
  const isRefusedByProxy = answer.status === 400 && slugOf(answer) === 'unsupported_endpoint'
  if (!isRefusedByProxy || !requestId) throw proxyError(instance, answer)
  const tape = await readTape(instance, signal)
  if (tape.some(entry => entry.requestId === requestId && entry.index === index)) return true
  if (wasPushedOut(tape, requestId)) {
    throw new SystemError(`${instance.name}: the tape is so busy that the probe was pushed out`, {code: 'BUSY_TAPE'})
  }
  return false
}

/** Ids count up within an instance: a full tape that begins after ours may have held it. */
function wasPushedOut(tape: readonly ExplainDocument[], requestId: string): boolean {
  const number = (id: string) => Number(/^req-(\d+)$/.exec(id)?.[1] ?? 0)
  return tape.length >= tapeLength && tape.every(entry => number(entry.requestId) > number(requestId))
}

function proof({name}: ProxyInstance, applies: Proof['applies']): Proof {
  return {instance: name, applies}
}
