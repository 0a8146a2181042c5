import {formatInstantNs, parseInstantNs} from './instant.ts'

/**
 * A text that orders as the instant does: RFC 3339 in UTC orders as it stands once the zone is cut off, since
 * more digits only make it later. That spares a merge of thousands of records the reading of each time.
 */
export function timeKey(text: string): string {
  if (text.endsWith('Z')) return text.slice(0, -1)
  if (text.endsWith('+00:00')) return text.slice(0, -6)
  const ns = parseInstantNs(text)
  return ns === undefined ? '' : formatInstantNs(ns).slice(0, -1)
}

export interface Order<T> {
  /** What a record is ordered by; greater comes first. */
  by: (record: T) => string
  /** Records of the same key are one record. */
  key: (record: T) => string
  /** Such records have the same place in the order, always: then only neighbours need to be compared. */
  isKeyInOrder: boolean
}

interface Cursor<T> {
  records: readonly T[]
  keys: string[]
  at: number
}

/**
 * The first `limit` records of several lists, greatest first, one of each key. Each list is in order as the
 * server gives it, so that only what is taken is looked at; one that is not is sorted here.
 */
export function mergeNewest<T>(lists: readonly (readonly T[])[], order: Order<T>, limit = Infinity): T[] {
  const cursors = lists.map(list => cursorOf(list, order.by))
  const taken: T[] = []
  const seen = new Set<string>()
  let place: string | undefined
  while (taken.length < limit) {
    const cursor = foremost(cursors)
    if (!cursor) break
    const record = cursor.records[cursor.at]!
    const own = cursor.keys[cursor.at]!
    cursor.at += 1
    if (order.isKeyInOrder && own !== place) seen.clear()
    const isAlone = order.isKeyInOrder && own !== place && !cursors.some(each => each.keys[each.at] === own)
    place = own
    if (!isAlone) {
      const key = order.key(record)
      if (seen.has(key)) continue
      seen.add(key)
    }
    taken.push(record)
  }
  return taken
}

/** The cursor whose next record is greatest; of equals the first. */
function foremost<T>(cursors: readonly Cursor<T>[]): Cursor<T> | undefined {
  let best: Cursor<T> | undefined
  for (const each of cursors) {
    if (each.at >= each.keys.length) continue
    if (!best || each.keys[each.at]! > best.keys[best.at]!) best = each
  }
  return best
}

function cursorOf<T>(records: readonly T[], by: (record: T) => string): Cursor<T> {
  const keys = records.map(by)
  if (keys.every((key, n) => n === 0 || key <= keys[n - 1]!)) return {records, keys, at: 0}
  const places = keys.map((_, n) => n).sort((a, b) => (keys[a]! < keys[b]! ? 1 : keys[a]! > keys[b]! ? -1 : 0))
  return {records: places.map(n => records[n]!), keys: places.map(n => keys[n]!), at: 0}
}
