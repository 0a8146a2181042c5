import {escapeJsonText} from './escape.ts'

interface RawJson {
  rawJSON(text: string): unknown
}

/**
 * JSON text of plain data: bigint becomes an exact number, undefined members vanish, Map and Set are not
 * data. `indent` 0 gives one line. What a terminal could act on is escaped.
 */
export function toJson(value: unknown, indent: 0 | 2 = 0): string {
  const text = JSON.stringify(value, exactBigints, indent) ?? 'null'
  return escapeJsonText(text)
}

function exactBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? (JSON as unknown as RawJson).rawJSON(String(value)) : value
}
