import {optionalArg} from '../../../cli/flags.ts'
import {LeaseCommand, pollFlag} from '../../../cli/lease-command.ts'
import {toJson} from '../../../format/json.ts'
import {leaseEventLine} from '../../../format/views/lease.ts'

export default class LeaseWatch extends LeaseCommand {
  static override summary = 'Follow the leases: taken, completed, given back, run out'
  static override description =
    'Goes on over restarts of the store and changes of its leader, and says for how long it saw nothing. ' +
    'A write that was replaced before it could be seen is told by the next: missed in jsonl. ' +
    'Leases run out by this machine\'s clock.'
  static override examples = ['<%= config.bin %> lease watch', '<%= config.bin %> lease watch orders -o jsonl']
  static override args = {key: optionalArg('key', 'Only this lease')}
  static override flags = {...pollFlag}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(LeaseWatch)
    this.allowFormats('table', 'jsonl')
    this.stopOnSignals()
    const key = args.key === undefined ? undefined : await this.leaseKey(args.key)
    const [{followLeases}, {leaseItem}] = await Promise.all([
      import('../../../clients/lease/follow.ts'), import('../../../clients/lease/item.ts'),
    ])
    const {clock} = this.io
    const options = {key, intervalMs: flags.interval, clock, signal: this.signal}
    for await (const change of followLeases(await this.leases(), options)) {
      const at = new Date(clock.nowMs()).toISOString()
      const record = 'state' in change
        ? {event: change.event, at, missed: change.missed, item: leaseItem(change.key, change.state)}
        : {...change, at}
      await this.write(this.shared.output === 'table' ? leaseEventLine(record, this.page) : `${toJson(record)}\n`)
    }
  }
}
