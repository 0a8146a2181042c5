import {OpsError} from '../../clients/net/errors.ts'
import type {Check} from '../context/check.ts'
import type {OpenTools} from '../open/tools.ts'

/** One row of a doctor's report. */
export interface Finding extends Check {
  /** `config`, or the system that it is about. */
  system: string
}

/** What the doctor of a system works with. */
export interface DoctorTools extends OpenTools {
  signal: AbortSignal
}

export type Doctor = (tools: DoctorTools) => Promise<Finding[]>

/** Makes the rows of one system. */
export function findings(system: string) {
  const row = (state: Finding['state']) =>
    (check: string, detail: string, fix: string | null = null, latencyMs: number | null = null): Finding =>
      ({system, check, state, detail, latencyMs, fix})
  return {ok: row('ok'), warn: row('warn'), fail: row('fail')}
}

const fixes = {
  answers: 'is the server up, and is this its address?', auth: 'check the credentials that the context refers to',
  works: 'ctl context show --origin',
}

/** Runs the checks of a system; an error that ends them is a row itself, with its hint as the fix. */
export async function examined(system: string, doctor: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await doctor()
  } catch (error) {
    if (!(error instanceof OpsError)) return [findings(system).fail('works', (error as Error).message, fixes.works)]
    const {code, message, hint} = error
    const check = code === 'UNAUTHORIZED' || error.exit === 5 ? 'auth' : error.exit === 4 ? 'answers' : 'works'
    return [findings(system).fail(check, message, hint?.split('\n')[0] ?? fixes[check])]
  }
}

/** How long `work` took, beside its answer. */
export async function timed<T>(
  {io}: Pick<OpenTools, 'io'>, work: () => Promise<T>,
): Promise<{answer: T; tookMs: number}> {
  const startedMs = io.clock.monotonicMs()
  const answer = await work()
  return {answer, tookMs: Math.round((io.clock.monotonicMs() - startedMs) * 10) / 10}
}

/** A server's clock against ours, from its Date header, which counts whole seconds. Undefined without one. */
export function skewSeconds(date: string | undefined, sentMs: number, receivedMs: number): number | undefined {
  const serverMs = Date.parse(date ?? '')
  if (Number.isNaN(serverMs)) return undefined
  // The header was cut down to its second: the server's time lies between it and the next one.
  if (serverMs > receivedMs) return Math.ceil((serverMs - receivedMs) / 1_000)
  return serverMs + 1_000 < sentMs ? -Math.ceil((sentMs - serverMs - 1_000) / 1_000) : 0
}

/** Seconds by which a clock may be off before windows, ages and expiries mislead. */
export const toleratedSkewSeconds = 2
