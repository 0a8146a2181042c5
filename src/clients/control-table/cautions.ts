import {nearest} from '../net/nearest.ts'
import {fenceTask} from './model.ts'

/**
 * The task that was probably meant by a name without a row: one or two letters away. A first claim adds a row for
 * good, so it asks in that case. Names that differ in their numbers only (`shard-1`, `shard-2`) are brothers.
 */
export function likelyMeant(task: string, existing: readonly string[]): string | undefined {
  const letters = (name: string) => name.replaceAll(/\d+/g, '#')
  const others = [...new Set(existing)].filter(each => each !== fenceTask && letters(each) !== letters(task))
  return nearest(task, others, Math.min(2, Math.floor(task.length / 5)))
}

/** What an operator should know before a row is written; `rows` are those of the task now. */
export function warningsOf(
  {task, rows, isFirst, near, force}: {
    task: string
    rows: number
    isFirst: boolean
    near: string | undefined
    force: boolean
  },
): string[] {
  const warnings: string[] = []
  if (isFirst) warnings.push(`there is no task ${task} yet: this claim adds it${near ? `. Did you mean ${near}?` : ''}`)
  if (rows > 1) warnings.push(`${rows} rows of this task stand side by side; all of them are replaced`)
  if (force) warnings.push('the row may be another holder\'s live claim; that holder is not told')
  return warnings
}
