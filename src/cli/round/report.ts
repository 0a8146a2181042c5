import type {Published} from '../../clients/artifact/push.ts'
import {roundSteps, type RoundStep} from './plan.ts'

export interface StepReport {
  step: RoundStep
  /** `before`: an earlier, killed run of the same round had done it. `skipped`: not needed, or not asked for. */
  outcome: 'done' | 'before' | 'skipped' | 'failed' | 'unknown' | 'not-reached'
  detail: string | null
  tookMs: number | null
}

/** The answer of a round: what became of each step. */
export interface RoundReport {
  key: string
  lease: string
  /** `failed`: nothing new was published. `overrun`: published, but the lease was somebody else's by then. */
  outcome: 'published' | 'superseded' | 'unchanged' | 'overrun' | 'failed' | 'unknown'
  holder: string
  /** The first step of this run when it went on with a killed one. */
  resumedAt: RoundStep | null
  rank: bigint | null
  cursorHex: string | null
  /** Whether the lease was given back. */
  abandoned: boolean
  steps: StepReport[]
}

export function emptyReport(key: string, lease: string): RoundReport {
  const steps = roundSteps.map((step): StepReport => ({step, outcome: 'not-reached', detail: null, tookMs: null}))
  return {
    key,
    lease,
    outcome: 'failed',
    holder: '',
    resumedAt: null,
    rank: null,
    cursorHex: null,
    abandoned: false,
    steps,
  }
}

export function stepOf(report: RoundReport, step: RoundStep): StepReport {
  return report.steps.find(each => each.step === step)!
}

export function pushDetail({outcome, rank, currentRank, sentBytes, keptBytes}: Published): string {
  if (outcome === 'superseded') return `position ${currentRank} stands there, ours is ${rank}`
  return `${outcome} at position ${rank}, ${sentBytes} bytes sent, ${keptBytes} kept`
}
