import {instant} from '../units.ts'
import {view, wide, type Tone} from '../view.ts'
import {walRecordFacts, type WalRecordFacts} from './wal.ts'

/* The rows as they are followed; spelled out here because formats know no client. */
interface Row {
  id: number
  kind: string
  position: string
  signal: string | null
  item?: Record<string, unknown>
  text?: string
}

const factsOf = ({signal, item}: Row): WalRecordFacts | undefined =>
  (item && signal !== null ? walRecordFacts(signal, item) : undefined)

function tone(row: Row): Tone | undefined {
  if (row.kind !== 'record') return row.kind === 'not followed' ? 'warn' : 'bad'
  return factsOf(row)?.bad ? 'bad' : undefined
}

/** A WAL that is followed: records, and what was lost or is unknown among them. */
export const walFollowView = view<Row>('records', each => each.position, {
  time: {get: each => (factsOf(each) ? instant(factsOf(each)!.at) : null), priority: 3},
  signal: {get: each => (each.kind === 'record' ? each.signal : each.kind.toUpperCase()), priority: 3, tone},
  service: {get: each => factsOf(each)?.service, priority: 1},
  record: {get: each => each.text ?? factsOf(each)?.text, tone, shortenTo: 20},
  position: wide(each => each.position),
}, {
  empty: 'nothing was written since then',
  data: ({id: _, ...row}) => row,
})
