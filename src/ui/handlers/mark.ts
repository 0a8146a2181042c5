import {editList} from './focus.ts'
import {move} from './move.ts'
import type {Handler} from './handler.ts'

const toggle = editList(({marks}, {items, resource, index}) => {
  if (index < 0) return {}
  const key = resource.key(items[index])
  const next = new Set(marks)
  if (!next.delete(key)) next.add(key)
  return {marks: next}
})
const down = move(index => index + 1)

/** Marks the row, or takes its mark away, and goes on to the next one. */
export const mark: Handler = (controls, pressed) => {
  toggle(controls, pressed)
  down(controls, pressed)
}

export const unmark = editList(() => ({marks: undefined}))
