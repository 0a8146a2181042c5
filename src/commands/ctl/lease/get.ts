import {NotFoundError} from '../../../clients/net/errors.ts'
import {arg} from '../../../cli/flags.ts'
import {nameHint} from '../../../cli/name-hint.ts'
import {LeaseCommand} from '../../../cli/lease-command.ts'
import {leaseView} from '../../../format/views/lease.ts'

export default class LeaseGet extends LeaseCommand {
  static override summary = 'Show one lease'
  static override examples = ['<%= config.bin %> lease get orders', '<%= config.bin %> lease get orders -o json']
  static override args = {key: arg('key', 'Lease key, the partition that is exported')}

  async run(): Promise<void> {
    const {args} = await this.parse(LeaseGet)
    const key = await this.leaseKey(args.key)
    const leases = await this.leases()
    const state = await leases.get(key, this.signal)
    if (state.revision === 0n) {
      const names = async () => (await leases.list(this.signal)).map(each => each.key)
      throw new NotFoundError(`there is no lease ${key}`, {
        code: 'NO_LEASE', endpoint: leases.store.place,
        hint: await nameHint(key, 'ctl lease get', 'ctl lease list', names),
      })
    }
    const {leaseItem} = await import('../../../clients/lease/item.ts')
    await this.show(leaseView, leaseItem(key, state, await leases.pace(key, state, this.signal)))
  }
}
