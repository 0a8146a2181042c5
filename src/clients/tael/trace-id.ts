import {UsageError} from '../net/errors.ts'

/**
 * A trace id as the server keeps it. OpenTelemetry and Datadog ids arrive there as 32 lower-case hex digits, so
 * upper case is folded; text that is no hex at all may come from an evaluation runner and passes as it is. What
 * cannot be an id is refused before anything is asked: a miss would look like a trace that is not there.
 */
export function traceId(text: string): string {
  return hexId(text, 32, 'a trace id', 'The server finds whole ids only; tael traces -o name prints them.')
}

/** A span id: 16 hex digits. */
export function spanId(text: string): string {
  return hexId(text, 16, 'a span id', 'tael spans -o name prints them.')
}

function hexId(text: string, digits: number, what: string, hint: string): string {
  const id = text.trim()
  const refuse = (why: string) => new UsageError(`"${text}" is not ${what}: ${why}`, {code: 'BAD_ID', hint})
  if (id === '') throw refuse('it is empty')
  if (/[\s\p{C}/?#%]/u.test(id)) throw refuse('it has characters that no id has')
  if (!/^[0-9a-f-]+$/i.test(id)) return id
  const hex = id.replaceAll('-', '').toLowerCase()
  if (hex.length !== digits) throw refuse(`it has ${hex.length} hex digits and not ${digits}`)
  if (/^0+$/.test(hex)) throw refuse('it is all zeroes')
  return hex
}
