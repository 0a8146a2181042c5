import * as Flags from '@oclif/core/flags'
import {UsageError} from '../../../clients/net/errors.ts'
import {changing} from '../../../cli/command.ts'
import {arg} from '../../../cli/flags.ts'
import {heldFlags, LeaseCommand} from '../../../cli/lease-command.ts'

export default class LeaseComplete extends LeaseCommand {
  static override summary = 'Say that the export of a held lease is done'
  static override description = 'The lease stays live until it expires, so that the next round begins no earlier.'
  static override examples = ['<%= config.bin %> lease complete orders --cursor 000000000002d093 --revision 17']
  static override args = {key: arg('key', 'Lease key, the partition that is exported')}
  static override flags = {
    cursor: Flags.string({
      helpGroup: 'LEASE', default: '', helpValue: 'hex',
      summary: "The export's version bytes as lowercase hex; none when it had no cursor",
    }),
    ...heldFlags, ...changing,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(LeaseComplete)
    if (!/^([0-9a-f]{2})*$/.test(flags.cursor)) {
      throw new UsageError(`"${flags.cursor}" is not a cursor`, {
        code: 'BAD_CURSOR', hint: 'Lowercase hex, two digits a byte.',
      })
    }
    const key = await this.leaseKey(args.key)
    await this.settle(await (await this.leases()).planComplete(key, this.held(flags), flags.cursor, this.signal))
  }
}
