import {RaftCommand} from '../../../cli/raft-command.ts'
import {Exit, OpsError} from '../../../clients/net/errors.ts'
import {raftLeaderView} from '../../../format/views/raft.ts'

export default class RaftLeader extends RaftCommand {
  static override summary = 'Print the leader, if one is proven'
  static override description =
    'Proven means that it served a linearizable read just now. Otherwise nothing is printed, and it ends with 9 when ' +
    'nodes answer and with 4 when none does.'
  static override examples = ['<%= config.bin %> raft leader', '<%= config.bin %> raft leader -o name']

  async run(): Promise<void> {
    await this.parse(RaftLeader)
    const proven = await (await this.raft()).leader(this.signal)
    if (proven) return this.show(raftLeaderView, proven)
    const status = await this.status()
    if (status.leader) return this.show(raftLeaderView, status.leader)
    const isSilent = this.exitOf(status) === Exit.unreachable
    throw new OpsError('NO_LEADER', isSilent ? Exit.unreachable : Exit.partial, 'no leader is proven', {
      hint: 'ctl raft status shows each node; ctl raft wait --for leader waits for one.',
    })
  }
}
