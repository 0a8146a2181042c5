import * as Flags from '@oclif/core/flags'
import {duration, durationOr, wholeNumber} from '../../../cli/flags.ts'
import {RaftCommand} from '../../../cli/raft-command.ts'
import {UsageError, WaitTimeoutError} from '../../../clients/net/errors.ts'
import type {Wanted} from '../../../clients/raft/rules.ts'
import {raftLeaderView} from '../../../format/views/raft.ts'

export default class RaftWait extends RaftCommand {
  static override summary = 'Wait until a leader is proven, or another leads, or the cluster has so many members'
  static override description = 'What is already so is answered at once. Only a proven leader counts.'
  static override examples = [
    '<%= config.bin %> raft wait --for leader --within 30s',
    '<%= config.bin %> raft wait --for not-leader=2 --within 10s',
  ]
  static override flags = {
    for: Flags.string({required: true, summary: 'leader, quorum, members=N or not-leader=ID', helpValue: 'what'}),
    within: duration({summary: 'Give up after so long, with exit 8; without it wait for ever'}),
    interval: durationOr(250, '250ms', {summary: 'Pause between two rounds of asking'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(RaftWait)
    this.stopOnSignals()
    this.tellIfEndless(flags.within)
    const [wanted, raft] = [parseWanted(flags.for), await this.raft()]
    const late = new WaitTimeoutError(`${flags.for} did not come in time`, {hint: 'ctl raft status shows each node.'})
    const stop = new AbortController()
    const timer = flags.within === undefined ? undefined : setTimeout(() => stop.abort(late), flags.within)
    const signal = AbortSignal.any([this.signal, stop.signal])
    const {leader} = await raft.waitFor(wanted, flags.interval, this.io.clock, signal)
      .finally(() => clearTimeout(timer))
    if (leader) await this.show(raftLeaderView, leader)
  }
}

function parseWanted(text: string): Wanted {
  const [kind, value] = text.split(/=(.*)/s)
  if ((kind === 'leader' || kind === 'quorum') && value === undefined) return {kind}
  if (kind === 'members' && value) return {kind, count: wholeNumber(value, 1, 1_000)}
  if (kind === 'not-leader' && value) return {kind, id: wholeNumber(value, 1, 2 ** 32 - 1)}
  throw new UsageError(`--for ${text} is nothing to wait for`, {
    hint: 'Write leader, quorum, members=N or not-leader=ID.',
  })
}
