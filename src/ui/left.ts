import type {Directive} from './model.ts'

/** Directives with the time that is left of them at `nowMs`, as their view shows it. */
export function withTimeLeft(items: readonly Directive[], nowMs: number): Directive[] {
  return items.map(item => (item.endsAtMs === undefined ? item : {...item, leftMs: Math.max(0, item.endsAtMs - nowMs)}))
}
