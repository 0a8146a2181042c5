import {duration, instant, size} from '../units.ts'
import {view, wide} from '../view.ts'

/* The records as the client gives them; spelled out here because formats know no client. */
export interface Transfer {
  action: string
  subject: string
  store: string | null
  context: string | null
  pid: number
  host: string
  doneBytes: number
  totalBytes: number
  bytesPerSecond: number | null
  startedAt: string
  updatedAt: string
  silentMs: number
}

/** A process that writes every second and was not heard of for so long stands still. */
const stoppedMs = 5_000

export const percent = ({doneBytes, totalBytes}: Transfer): number =>
  (totalBytes > 0 ? Math.min(100, Math.floor((doneBytes / totalBytes) * 100)) : 100)

/** `STOPPED for 2m0s`, `stalled`, or how fast and how long still. */
export function paceText(transfer: Transfer): string {
  const {silentMs, bytesPerSecond, doneBytes, totalBytes} = transfer
  if (silentMs > stoppedMs) return `STOPPED for ${duration(silentMs)}`
  if (bytesPerSecond === null) return 'just begun'
  if (bytesPerSecond <= 0) return doneBytes >= totalBytes ? 'finishing' : 'STALLED'
  return `${size(bytesPerSecond)}/s, ${duration(Math.round((totalBytes - doneBytes) / bytesPerSecond) * 1_000)} left`
}

export const isStuck = (transfer: Transfer): boolean => /^ST/.test(paceText(transfer))

export const transferView = view<Transfer>('transfers', each => each.subject, {
  subject: each => each.subject,
  action: {get: each => each.action, priority: 1},
  done: {get: each => `${percent(each)}%`, value: each => each.doneBytes, unit: 'bytes', align: 'right', priority: 3},
  size: {
    get: each => size(each.totalBytes), value: each => each.totalBytes, unit: 'bytes', align: 'right', priority: 2,
  },
  pace: {
    get: paceText, tone: each => (isStuck(each) ? 'bad' : undefined), value: each => each.bytesPerSecond, priority: 3,
  },
  started: {get: each => instant(each.startedAt), value: each => each.startedAt, priority: 1},
  pid: {get: each => String(each.pid), align: 'right', priority: 2},
  context: each => each.context,
  store: wide(each => each.store),
  host: wide(each => each.host),
}, {empty: 'nothing is pushed or pulled by this account now'})
