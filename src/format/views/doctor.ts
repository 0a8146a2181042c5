import {view} from '../view.ts'

interface Finding {
  system: string; check: string; state: 'ok' | 'warn' | 'fail'; detail: string
  latencyMs: number | null; fix: string | null
}

const tones = {ok: 'good', warn: 'warn', fail: 'bad'} as const

export const findingView = view<Finding>('checks', each => `${each.system}/${each.check}`, {
  state: {get: each => each.state, tone: each => tones[each.state], priority: 3},
  system: {get: each => each.system, priority: 2},
  check: {get: each => each.check, priority: 2},
  ms: {
    get: each => (each.latencyMs === null ? null : Math.round(each.latencyMs)), value: each => each.latencyMs,
    align: 'right',
  },
  detail: {get: each => each.detail, priority: 1},
  fix: {get: each => (each.state === 'ok' ? null : each.fix), priority: 1},
})
