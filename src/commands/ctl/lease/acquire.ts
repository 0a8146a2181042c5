import {changing} from '../../../cli/command.ts'
import {arg} from '../../../cli/flags.ts'
import {holderFlag, LeaseCommand, ttlFlag} from '../../../cli/lease-command.ts'

export default class LeaseAcquire extends LeaseCommand {
  static override summary = 'Take a lease when nobody holds it'
  static override description =
    'A lease is never renewed: it ends at its expiry, and a live one is refused to everybody, its own holder ' +
    'included. Completing does not end it either: its ttl is the period of the rounds.'
  static override examples = [
    '<%= config.bin %> lease acquire orders --ttl 5m', '<%= config.bin %> lease acquire orders --ttl 5m --dry-run',
  ]
  static override args = {key: arg('key', 'Lease key, the partition that is exported')}
  static override flags = {...ttlFlag, ...holderFlag, ...changing}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(LeaseAcquire)
    const [key, ttlS] = [await this.leaseKey(args.key), this.seconds(flags.ttl ?? 0)]
    await this.settle(await (await this.leases()).planAcquire(key, {holderId: this.holder, ttlS}, this.signal))
  }
}
