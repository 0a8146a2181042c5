import {LeaseCommand} from '../../../cli/lease-command.ts'
import {leaseView} from '../../../format/views/lease.ts'

export default class LeaseList extends LeaseCommand {
  static override summary = 'List the leases: who may export, until when, what was exported last'
  static override description =
    'An exporter looks stuck when its lease is live and not completed for three times as long as its rounds usually ' +
    'take, and a minute more; where the store keeps no earlier round, for three quarters of its ttl.'
  static override examples = [
    '<%= config.bin %> lease list', '<%= config.bin %> lease list --url sqlite:leases.db -o json',
  ]

  async run(): Promise<void> {
    await this.parse(LeaseList)
    const leases = await this.leases()
    const {leaseItem} = await import('../../../clients/lease/item.ts')
    const items = (await leases.list(this.signal)).map(async ({key, state}) =>
      leaseItem(key, state, await leases.pace(key, state, this.signal)))
    await this.print(leaseView, await Promise.all(items))
  }
}
