import {instant} from '../units.ts'
import {view, wide, type Tone} from '../view.ts'

interface Lease {
  key: string; state: string; holder: string | null; acquiredAt: string | null; expiresAt: string | null
  completedAt: string | null; completedCursorHex: string | null; revision: bigint
}

const tones: Record<string, Tone> = {held: 'good', completed: 'good', expired: 'bad', unparseable: 'bad', free: 'dim'}
const shown = (at: string | null) => (at === null ? null : instant(at))

export const leaseView = view<Lease>('leases', each => each.key, {
  key: each => each.key,
  state: {get: each => each.state, tone: each => tones[each.state], priority: 3},
  holder: {get: each => each.holder, priority: 2},
  acquired: {get: each => shown(each.acquiredAt), value: each => each.acquiredAt, priority: 1},
  expires: {get: each => shown(each.expiresAt), value: each => each.expiresAt, priority: 2},
  completed: {get: each => shown(each.completedAt), value: each => each.completedAt, priority: 1},
  cursor: wide(each => each.completedCursorHex),
  revision: each => String(each.revision),
}, {empty: 'no leases: exporters add them with their first round'})
