import {toJson} from '../format/json.ts'

const text = (value: unknown) => (typeof value === 'object' && value !== null ? toJson(value) : String(value))

/** Every field in a line of its own. */
export function fieldLines(fields: object): string[] {
  const entries = Object.entries(fields)
  const width = Math.max(0, ...entries.map(([name]) => name.length))
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${text(value)}`)
}
