import {arg} from '../../../cli/flags.ts'
import {LeaseCommand} from '../../../cli/lease-command.ts'
import {leaseHistoryView} from '../../../format/views/lease.ts'

export default class LeaseHistory extends LeaseCommand {
  static override summary = 'Show what was written to a lease: who held it when, what was exported'
  static override description =
    'Only what the store has kept: a NATS bucket as many records a key as it was made with, often one; ' +
    'an SQLite file 64. Times are the store\'s. With -o wide, ' +
    'follows-known says whether the write just before is in the list too.'
  static override examples = [
    '<%= config.bin %> lease history orders', '<%= config.bin %> lease history orders -o jsonl',
  ]
  static override args = {key: arg('key', 'Lease key, the partition that is exported')}

  async run(): Promise<void> {
    const {args} = await this.parse(LeaseHistory)
    const key = await this.leaseKey(args.key)
    const leases = await this.leases()
    const {historyItems} = await import('../../../clients/lease/history.ts')
    await this.print(leaseHistoryView, historyItems(await leases.history(key, this.signal)))
    this.note(await leases.store.historyNote(this.signal))
  }
}
