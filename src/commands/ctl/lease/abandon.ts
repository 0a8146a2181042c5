import {changing} from '../../../cli/command.ts'
import {arg} from '../../../cli/flags.ts'
import {heldFlags, LeaseCommand} from '../../../cli/lease-command.ts'

export default class LeaseAbandon extends LeaseCommand {
  static override summary = 'Give a lease back before it expires'
  static override description =
    'Erases the record, the cursor of the last completed export with it, as exporters do. Asks first.'
  static override examples = [
    '<%= config.bin %> lease abandon orders --revision 17 --yes',
    '<%= config.bin %> lease abandon orders --force --reason "exporter is gone"',
  ]
  static override args = {key: arg('key', 'Lease key, the partition that is exported')}
  static override flags = {...heldFlags, ...changing}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(LeaseAbandon)
    const key = await this.leaseKey(args.key)
    await this.settle(await (await this.leases()).planAbandon(key, this.held(flags), this.signal))
  }
}
