import {levels, targetKeys, type Directive, type Level, type Target} from './model.ts'

/** A directive with its end on the clock of the process that decoded it. */
export interface ArmedDirective extends Directive {
  endsAtMonotonicMs: number
}

export interface RequestFacts extends Target {
  requestId: string
}

export interface Effect {
  level: Level
  ringBuffer: boolean
  capture: boolean
}

/**
 * What a set does to a request, as osproxy 1.0.5 decides: the highest level wins, the flags are or-ed over
 * all that match, whatever their level; there is no "deny".
 */
export function effectOf(set: readonly ArmedDirective[], request: RequestFacts, nowMonotonicMs: number): Effect {
  const effect: Effect = {level: 'Off', ringBuffer: false, capture: false}
  for (const directive of set) {
    const applies = nowMonotonicMs < directive.endsAtMonotonicMs && matches(directive, request) &&
      isSampled(request.requestId, directive.samplePerMille)
    if (!applies) continue
    if (levels.indexOf(directive.level) > levels.indexOf(effect.level)) effect.level = directive.level
    effect.ringBuffer ||= directive.ringBuffer
    effect.capture ||= directive.capture
  }
  return effect
}

function matches(target: Target, request: Target): boolean {
  return targetKeys.every(key => target[key] === undefined || target[key] === request[key])
}

/** By the request id alone, so ids that repeat after a restart are sampled alike. */
export function isSampled(requestId: string, perMille: number): boolean {
  return perMille >= 1000 || fnv1a64(requestId) % 1000n < BigInt(perMille)
}

function fnv1a64(text: string): bigint {
  let hash = 0xcbf29ce484222325n
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return hash
}
