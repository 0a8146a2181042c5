import {view, wide} from '../view.ts'

export interface ContextRow {
  name: string
  current: boolean
  danger: boolean
  readonly: boolean
  systems: string[]
  problems: string[]
}

export const contextView = view<ContextRow>('contexts', each => each.name, {
  current: each => (each.current ? '*' : ' '),
  name: {get: each => each.name, tone: each => (each.danger ? 'bad' : undefined)},
  systems: each => each.systems.join(','),
  flags: each => [each.danger ? 'danger' : '', each.readonly ? 'readonly' : ''].filter(Boolean).join(','),
  problems: wide(each => each.problems.join('; ')),
}, {empty: 'no contexts yet: ctl context add NAME tael.url=http://127.0.0.1:7701'})

export const originView = view<{key: string; value: string; origin: string}>('settings', each => each.key, {
  key: each => each.key,
  value: each => each.value,
  origin: each => each.origin,
}, {empty: 'nothing is set'})

export const checkView = view<{
  check: string
  state: 'ok' | 'warn' | 'fail'
  detail: string
  latencyMs: number | null
  fix: string | null
}>(
  'checks', each => each.check, {
    check: each => each.check,
    state: {get: each => each.state, tone: each => ({ok: 'good', warn: 'warn', fail: 'bad'} as const)[each.state]},
    ms: {get: each => (each.latencyMs === null ? null : Math.round(each.latencyMs)), value: each => each.latencyMs},
    detail: each => each.detail,
    fix: each => each.fix,
  })
