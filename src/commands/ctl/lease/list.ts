import {LeaseCommand} from '../../../cli/lease-command.ts'
import {leaseView} from '../../../format/views/lease.ts'

export default class LeaseList extends LeaseCommand {
  static override summary = 'List the leases: who may export, until when, what was exported last'
  static override examples = ['<%= config.bin %> lease list', '<%= config.bin %> lease list --url sqlite:leases.db -o json']

  async run(): Promise<void> {
    await this.parse(LeaseList)
    const entries = await (await this.leases()).list(this.signal)
    const {leaseItem} = await import('../../../clients/lease/item.ts')
    await this.print(leaseView, entries.map(({key, state}) => leaseItem(key, state)))
  }
}
