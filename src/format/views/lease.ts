import {escapeControl} from '../escape.ts'
import {duration, instant} from '../units.ts'
import {view, wide, type Page, type Tone} from '../view.ts'

interface Lease {
  key: string; state: string; holder: string | null; acquiredAt: string | null; expiresAt: string | null
  completedAt: string | null; completedCursorHex: string | null; revision: bigint
  ageMs?: bigint | null; usualMs?: bigint | null; stuck?: boolean | null
}

interface Written {
  revision: bigint; at: string; action: string; holder: string | null; expiresAt: string | null
  completedCursorHex: string | null; roundMs: bigint | null; followsKnown: boolean | null
}

const tones: Record<string, Tone> = {held: 'good', completed: 'good', expired: 'bad', unparseable: 'bad', free: 'dim'}
const shown = (at: string | null) => (at === null ? null : instant(at))

export const leaseView = view<Lease>('leases', each => each.key, {
  key: each => each.key,
  state: {get: each => each.state, tone: each => tones[each.state], priority: 4},
  holder: {get: each => each.holder, priority: 4},
  acquired: {get: each => shown(each.acquiredAt), value: each => each.acquiredAt, priority: 2},
  expires: {get: each => shown(each.expiresAt), value: each => each.expiresAt, priority: 4},
  completed: {get: each => shown(each.completedAt), value: each => each.completedAt, priority: 2.5},
  cursor: wide(each => each.completedCursorHex),
  revision: each => String(each.revision),
  note: {
    get: note, tone: each => (each.stuck ? 'bad' : undefined), value: each => each.stuck, priority: 3, shortenTo: 16,
  },
}, {empty: 'no leases: exporters add them with their first round'})

function note({stuck, ageMs = null, usualMs = null}: Lease): string | null {
  if (!stuck || ageMs === null) return null
  const usual = usualMs === null ? 'what is usual is not known' : `usually ${duration(Number(usualMs))}`
  return `stuck? no completion for ${duration(Number(ageMs))}, ${usual}`
}

const took = ({roundMs}: Written): string | null => (roundMs === null ? null : duration(Number(roundMs)))

export const leaseHistoryView = view<Written>('writes', each => String(each.revision), {
  revision: each => String(each.revision),
  time: {get: each => instant(each.at), value: each => each.at, priority: 3},
  action: {get: each => each.action, tone: each => (each.action === 'unparseable' ? 'bad' : undefined), priority: 3},
  holder: {get: each => each.holder, priority: 2},
  expires: {get: each => shown(each.expiresAt), value: each => each.expiresAt},
  took: {get: took, value: each => each.roundMs, unit: 'ms', align: 'right'},
  cursor: each => each.completedCursorHex,
  'follows-known': wide(each => each.followsKnown),
}, {empty: 'the store knows nothing of this key'})

interface Happened {
  event: string
  at: string
  item?: Lease
  missed?: boolean
  why?: string
  silentMs?: number
}

/** One line of `watch`: what happened to which lease, or to our sight of them. */
export function leaseEventLine({event, at, item, missed, ...sight}: Happened, page: Page): string {
  if (!item) return `${instant(at)} ${page.paint('warn', event)}${sightWords(sight)}\n`
  const holder = item.holder === null ? '' : ` by ${escapeControl(item.holder)}`
  const until = item.expiresAt === null ? '' : `, until ${instant(item.expiresAt)}`
  const gap = missed ? `, ${page.paint('warn', 'after a write that was not seen')}` : ''
  return `${instant(at)} ${event} ${page.paint('key', escapeControl(item.key))} ${item.state}${holder}${until}${gap}\n`
}

function sightWords({why, silentMs}: {why?: string; silentMs?: number}): string {
  if (why !== undefined) return `: ${escapeControl(why)}`
  if (silentMs === undefined) return ': every lease of before is gone'
  return ` again after ${duration(silentMs)}; writes that were replaced meanwhile are not shown`
}
