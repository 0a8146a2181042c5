import {view} from '../view.ts'

/** A server of a running sandbox that can be broken and mended. */
export interface SandboxTarget {
  target: string
  state: string
  actions: string[]
}

export const targetView = view<SandboxTarget>('targets', each => each.target, {
  target: each => each.target,
  state: {get: each => each.state, tone: each => (each.state.startsWith('up') ? 'good' : 'bad')},
  actions: each => each.actions.join(' '),
}, {empty: 'this sandbox has nothing to break'})
