import type {View} from './view.ts'

type Key = string | number | bigint | boolean | null | undefined

/** Sorts by a column, `-name` for descending; stable, with missing values last in both directions. */
export function sortItems<T>(view: View<T>, items: readonly T[], by: string): T[] {
  const descending = by.startsWith('-')
  const name = descending ? by.slice(1) : by
  const column = view.columns.find(each => each.name === name)
  if (!column) return [...items]
  const key = (item: T): Key => (column.value ? column.value(item) : column.get(item))
  return [...items].sort((a, b) => compareKeys(key(a), key(b), descending))
}

function compareKeys(a: Key, b: Key, descending: boolean): number {
  const missingA = a === null || a === undefined
  const missingB = b === null || b === undefined
  if (missingA || missingB) return Number(missingA) - Number(missingB)
  const order = typeof a === 'string' && typeof b === 'string' ? compareText(a, b) : a < b ? -1 : a > b ? 1 : 0
  return descending ? -order : order
}

/** By code point, so that the order does not depend on the machine's locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
