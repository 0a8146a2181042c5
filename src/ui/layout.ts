/** `line`: room for one line of status only. `keys`: key columns only. `one` and `two` panes beside each other. */
export type Shape = 'line' | 'keys' | 'one' | 'two'

export interface Size {
  columns: number
  rows: number
}

export function shapeOf({columns, rows}: Size): Shape {
  if (columns < 40 || rows < 8) return 'line'
  if (columns < 80) return 'keys'
  return columns < 120 ? 'one' : 'two'
}

/**
 * Shares `total` lines among panels: each gets its title first, in order, then what is left goes round by one line
 * until every demand is met or nothing is left.
 */
export function allot(total: number, demands: readonly number[]): number[] {
  const given: number[] = demands.map((_, at) => (at < total ? 1 : 0))
  let left = total - given.reduce((sum, each) => sum + each, 0)
  while (left > 0) {
    const before = left
    demands.forEach((demand, at) => {
      if (left > 0 && given[at]! > 0 && given[at]! < demand) {
        given[at]! += 1
        left -= 1
      }
    })
    if (left === before) break
  }
  return given
}

/** The part of a list that is shown: the cursor inside it, the top moved as little as possible. */
export function windowTop(top: number, cursor: number, height: number, length: number): number {
  const most = Math.max(0, length - height)
  const kept = cursor < top ? cursor : cursor >= top + height ? cursor - height + 1 : top
  return Math.max(0, Math.min(most, kept))
}
