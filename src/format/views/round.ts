import {duration} from '../units.ts'
import {view, type Tone} from '../view.ts'

interface Step {
  step: string
  outcome: string
  detail: string | null
  tookMs: number | null
}

interface Round {
  key: string
  lease: string
  outcome: string
  holder: string
  resumedAt: string | null
  rank: bigint | null
  cursorHex: string | null
  abandoned: boolean
  steps: Step[]
}

const tones: Record<string, Tone> = {
  published: 'good',
  unchanged: 'good',
  superseded: 'warn',
  overrun: 'bad',
  failed: 'bad',
  unknown: 'bad',
}

function stepText({outcome, detail, tookMs}: Step): string {
  const took = tookMs === null ? '' : ` in ${duration(tookMs)}`
  return `${outcome}${took}${detail ? `: ${detail}` : ''}`
}

const step = (name: string) => ({
  get: (each: Round) => stepText(each.steps.find(found => found.step === name)!),
  value: (each: Round) => each.steps.find(found => found.step === name)!.outcome,
})

export const roundView = view<Round>('round', each => each.key, {
  key: each => each.key,
  outcome: {get: each => each.outcome, tone: each => tones[each.outcome]},
  rank: each => each.rank,
  cursor: each => each.cursorHex,
  lease: each => each.lease,
  holder: each => each.holder || null,
  'resumed-at': each => each.resumedAt,
  abandoned: each => each.abandoned,
  acquire: step('acquire'),
  export: step('export'),
  push: step('push'),
  complete: step('complete'),
  prune: step('prune'),
  delete: step('delete'),
})
