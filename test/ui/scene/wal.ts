import type {Readings, WalRow} from '../../../src/ui/model.ts'
import {lastMs} from './readings.ts'

const at = (secondsAgo: number) => new Date(lastMs - secondsAgo * 1_000).toISOString()
const traceId = '7d3cf0a14c2b4be3a1a7f0d1c2b3a495'

const records: readonly (Pick<WalRow, 'kind' | 'signal' | 'text'> & {item?: Record<string, unknown>})[] = [
  {kind: 'not followed', signal: null, text: 'what came while nobody looked is not here: tael wal tail --from 1795219200000:618'},
  {kind: 'record', signal: 'spans', item: {
    startTime: at(4), service: 'payments', operation: 'Charge', durationMs: 900, status: 'error', traceId,
  }},
  {kind: 'record', signal: 'logs', item: {
    timestamp: at(3), service: 'payments', severity: 'error', body: 'charge failed: deadline exceeded after 900 ms', traceId,
  }},
  {kind: 'gap', signal: null, text: 'the files between are gone; going on at 1795219260000:0'},
  {kind: 'undecoded', signal: null, text: 'unknown version 3, 4 bytes: 0301cafe'},
  {kind: 'damage', signal: null, text: 'the checksum does not hold; going on at 1795219260000:918'},
  {kind: 'record', signal: 'metrics', item: {timestamp: at(1), service: 'checkout', name: 'orders.placed', value: 41, unit: '1'}},
]

/** A WAL with everything that may stand in one. */
export const wal: Readings['wal'] = {
  path: '/var/lib/tael/wal_files/tael-backend', sinceMs: lastMs - 60_000, missing: [],
  items: records.map((each, index) => ({...each, id: index + 1, position: `1795219260000:${index * 300}`})).reverse(),
}
