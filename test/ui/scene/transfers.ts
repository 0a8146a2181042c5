import type {Readings, Transfer} from '../../../src/ui/model.ts'
import {lastMs} from './readings.ts'

const at = (secondsAgo: number) => new Date(lastMs - secondsAgo * 1_000).toISOString()

const transfer = (over: Partial<Transfer> & Pick<Transfer, 'subject' | 'pid'>): Transfer => ({
  action: 'push', store: 's3://artifacts/edge', context: 'prod-eu', host: 'bastion-1', doneBytes: 1_288_490_188,
  totalBytes: 2_863_311_530, bytesPerSecond: 83_886_080, startedAt: at(15), updatedAt: at(1), silentMs: 800, ...over,
})

/** Pushes and pulls of one account: one as it should be, one that a slow store holds up, one that was stopped. */
export const transfers: Readings['transfers'] = {
  missing: [],
  items: [
    transfer({subject: 'edge/routes', pid: 41_207}),
    transfer({subject: 'edge/tenants', pid: 41_310, bytesPerSecond: 0, doneBytes: 734_003_200}),
    transfer({subject: 'edge/features', pid: 39_914, action: 'pull', silentMs: 127_000, startedAt: at(300)}),
  ],
}
