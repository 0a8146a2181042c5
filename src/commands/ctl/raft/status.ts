import * as Flags from '@oclif/core/flags'
import {changing} from '../../../cli/command.ts'
import {durationOr} from '../../../cli/flags.ts'
import {RaftStatusCommand} from '../../../cli/raft-status-command.ts'
import {UsageError} from '../../../clients/net/errors.ts'

export default class RaftStatus extends RaftStatusCommand {
  static override summary = 'Ask every node what it is and whom it follows; prove the leader'
  static override description =
    'A leader is proven when it serves a linearizable read: it had a quorum at most one lease (250 ms unless ' +
    'configured) ago. What nodes name as leader is only their memory. Ends with 9 when no leader is proven or a node ' +
    'is missing, with 4 when none answers. --probe-write puts one small value under /opsdeck/probe, to learn whether ' +
    'writes are still applied.'
  static override examples = [
    '<%= config.bin %> raft status', '<%= config.bin %> raft status --watch', '<%= config.bin %> raft status -o json',
    '<%= config.bin %> raft status --probe-write --reason "writes time out"',
  ]
  static override writesWith = 'probe-write'
  static override flags = {
    ...changing,
    watch: Flags.boolean({char: 'w', summary: 'Until Ctrl-C: a picture on a terminal, else a line for each change'}),
    interval: durationOr(250, '250ms', {summary: 'With --watch: pause of each node between two questions', minMs: 50}),
    'probe-write': Flags.boolean({helpGroup: 'CHANGE', summary: 'Write one small value, to see whether it is applied'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(RaftStatus)
    if (flags.watch && flags['probe-write']) throw new UsageError('--watch only looks: it has no --probe-write')
    if (flags['dry-run'] && !flags['probe-write']) throw new UsageError('--dry-run is for --probe-write alone')
    if (flags.watch) await this.follow(flags.interval)
    else await this.look(flags['probe-write'])
  }
}
