import * as Flags from '@oclif/core/flags'
import {UsageError, WaitTimeoutError} from '../../../clients/net/errors.ts'
import type {Wanted} from '../../../clients/lease/follow.ts'
import {arg, duration} from '../../../cli/flags.ts'
import {LeaseCommand, pollFlag} from '../../../cli/lease-command.ts'
import {leaseView} from '../../../format/views/lease.ts'

export default class LeaseWait extends LeaseCommand {
  static override summary = 'Wait until a lease is free, held or completed'
  static override description =
    'What is already so is answered at once. A completed lease is not free before it expires.'
  static override examples = [
    '<%= config.bin %> lease wait orders --for free --within 10m',
    '<%= config.bin %> lease wait orders --for held-by=exporter-1',
  ]
  static override args = {key: arg('key', 'Lease key, the partition that is exported')}
  static override flags = {
    for: Flags.string({required: true, summary: 'free, held, completed or held-by=NAME', helpValue: 'what'}),
    within: duration({summary: 'Give up after so long, with exit 8; without it wait for ever'}),
    ...pollFlag,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(LeaseWait)
    this.stopOnSignals()
    this.tellIfEndless(flags.within)
    const [key, wanted] = [await this.leaseKey(args.key), parseWanted(flags.for)]
    const {waitForLease} = await import('../../../clients/lease/follow.ts')
    const late = new WaitTimeoutError(`${key} was not ${flags.for} in time`, {hint: `ctl lease get ${key} shows it.`})
    const stop = new AbortController()
    const timer = flags.within === undefined ? undefined : setTimeout(() => stop.abort(late), flags.within)
    const state = await waitForLease(await this.leases(), key, wanted, {
      intervalMs: flags.interval, clock: this.io.clock, signal: AbortSignal.any([this.signal, stop.signal]),
      onSilence: error => this.note(`warning: ${error.message}`),
    }).finally(() => clearTimeout(timer))
    const {leaseItem} = await import('../../../clients/lease/item.ts')
    await this.show(leaseView, leaseItem(key, state))
  }
}

function parseWanted(text: string): Wanted {
  const [kind, holder] = text.split(/=(.*)/s)
  if ((kind === 'free' || kind === 'held' || kind === 'completed') && holder === undefined) return {kind}
  if (kind === 'held-by' && holder) return {kind, holder}
  throw new UsageError(`--for ${text} is nothing to wait for`, {hint: 'Write free, held, completed or held-by=NAME.'})
}
