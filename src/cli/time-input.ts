import {UsageError} from '../clients/net/errors.ts'
import {parseDurationMs} from './quantity.ts'

const forms = 'Write 15m, 2h, 1h30m, 7d, 10:00, yesterday, 2026-11-21 or 2026-11-21T10:00Z.'

/** A window of time. Missing ends are open. */
export interface Window {
  /** How far back it reaches from now, in seconds; always set when `since` is. */
  lastSeconds?: number
  /** Set only for an absolute start, in milliseconds since the epoch: a relative one is the server's to apply. */
  sinceMs?: number
  untilMs?: number
}

/** Reads `--since`, `--last` (the same thing under the older name) and `--until`. */
export function parseWindow(input: {since?: string; last?: string; until?: string}, nowMs: number): Window {
  if (input.since !== undefined && input.last !== undefined) {
    throw new UsageError('--since and --last are the same flag: give one of them')
  }
  const window: Window = {}
  const since = input.since ?? input.last
  if (since !== undefined) {
    const point = parsePoint(since, nowMs)
    window.lastSeconds = Math.max(0, (nowMs - point.atMs) / 1_000)
    if (!point.isRelative) window.sinceMs = point.atMs
    if (point.atMs > nowMs) throw new UsageError(`"${since}" is in the future`, {code: 'BAD_TIME', hint: forms})
  }
  if (input.until !== undefined) {
    window.untilMs = parsePoint(input.until, nowMs).atMs
    if (since !== undefined && window.untilMs <= nowMs - window.lastSeconds! * 1_000) {
      throw new UsageError('--until is not after --since', {code: 'BAD_TIME'})
    }
  }
  return window
}

/** Does an instant lie within the absolute ends of a window? The end itself lies outside. */
export function isWithin({sinceMs, untilMs}: Window, atNs: bigint): boolean {
  const ns = (ms: number) => BigInt(Math.round(ms)) * 1_000_000n
  return (sinceMs === undefined || atNs >= ns(sinceMs)) && (untilMs === undefined || atNs < ns(untilMs))
}

interface Point {
  atMs: number
  isRelative: boolean
}

/** A point in time: so long ago, a clock time of today (or yesterday when still to come), a date, RFC 3339. */
export function parsePoint(text: string, nowMs: number): Point {
  const trimmed = text.trim()
  const absolute = clockTime(trimmed, nowMs) ?? namedDay(trimmed, nowMs) ?? calendar(trimmed)
  if (absolute !== undefined) return {atMs: absolute, isRelative: false}
  const atMs = nowMs - lengthBack(trimmed, text)
  if (atMs < 0) throw new UsageError(`"${text}" reaches back before 1970`, {code: 'BAD_TIME', hint: forms})
  return {atMs, isRelative: true}
}

function lengthBack(trimmed: string, text: string): number {
  try {
    return parseDurationMs(trimmed, {bareUnit: 's'})
  } catch (error) {
    const why = (error as UsageError).code === 'LONG_DURATION' ? 'reaches back before 1970' : 'is not a time'
    throw new UsageError(`"${text}" ${why}`, {code: 'BAD_TIME', hint: forms})
  }
}

/** `10:00` or `10:00:30`, local time; the most recent such moment. */
function clockTime(text: string, nowMs: number): number | undefined {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text)
  if (!match) return undefined
  const at = new Date(nowMs)
  at.setHours(Number(match[1]), Number(match[2]), Number(match[3] ?? 0), 0)
  if (at.getTime() > nowMs) at.setDate(at.getDate() - 1)
  return at.getTime()
}

function namedDay(text: string, nowMs: number): number | undefined {
  if (text !== 'today' && text !== 'yesterday') return undefined
  const at = new Date(nowMs)
  at.setHours(0, 0, 0, 0)
  if (text === 'yesterday') at.setDate(at.getDate() - 1)
  return at.getTime()
}

/** A date, or a date and time, from 1970 on; without a zone it is local. */
function calendar(text: string): number | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = ''] = match
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}`
  const at = new Date(iso + zone.toUpperCase().replace(/^([+-]\d\d)(\d\d)$/, '$1:$2'))
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  return !(at.getTime() >= 0) || Number(day) > days ? undefined : at.getTime()
}
