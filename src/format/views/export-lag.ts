import {view, wide, type Column, type Tone, type View} from '../view.ts'
import {leaseView} from './lease.ts'

interface Lag {
  state: string
  behind: bigint | null
  dropped: bigint | null
  why: string | null
}

type ItemOf<V> = V extends View<infer T> ? T : never
type Lease = ItemOf<typeof leaseView> & {exportLag?: Lag}

/** Changes that are not exported yet, in a word; what is not known says so. */
export function lagText(lag: Lag | undefined): string {
  switch (lag?.state) {
    case 'known': return String(lag.behind)
    case 'dropped': return `${lag.behind} DROPPED`
    case 'reset': return 'STREAM RESET'
    default: return 'unknown'
  }
}

export const lagTone = (lag: Lag | undefined): Tone | undefined =>
  (lag?.state === 'dropped' || lag?.state === 'reset' ? 'bad' : lag?.state === 'known' ? undefined : 'dim')

function noteOf(lag: Lag | undefined): string | null {
  if (lag?.state === 'dropped') return `${lag.dropped} of these changes are no longer in the stream`
  if (lag?.state === 'reset') return 'the completed cursor is ahead of the stream, which was made anew'
  return lag?.why ?? null
}

const lagColumns: Record<string, Omit<Column<Lease>, 'name'>> = {
  lag: {
    get: each => lagText(each.exportLag), value: each => each.exportLag?.behind, tone: each => lagTone(each.exportLag),
    align: 'right', priority: 2,
  },
  'lag-note': wide(each => noteOf(each.exportLag)),
}

const [key, state, holder, ...others] = leaseView.columns as Column<Lease>[]
const extra = view<Lease>('leases', each => each.key, lagColumns).columns

/** Leases with how far their exports lie behind. */
export const leaseLagView: View<Lease> = {
  ...leaseView, columns: [key!, state!, holder!, extra[0]!, ...others, extra[1]!],
}
