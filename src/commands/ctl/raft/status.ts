import {RaftCommand} from '../../../cli/raft-command.ts'
import {Exit} from '../../../clients/net/errors.ts'
import {raftNodeView} from '../../../format/views/raft.ts'

export default class RaftStatus extends RaftCommand {
  static override summary = 'Ask every node what it is and whom it follows; prove the leader'
  static override description =
    'A leader is proven when it serves a linearizable read: it had a quorum at most one lease (250 ms unless configured) ' +
    'ago. What nodes name as leader is only their memory. Ends with 9 when no leader is proven or a node is missing, with 4 when none answers.'
  static override examples = ['<%= config.bin %> raft status', '<%= config.bin %> raft status -o json']

  async run(): Promise<void> {
    await this.parse(RaftStatus)
    const status = await this.status()
    const {nodes, leader, quorum, problems} = status
    await this.print(raftNodeView, nodes, {leader, quorum, problems})
    const exit = this.exitOf(status)
    if (exit !== Exit.ok) this.leave(exit)
  }
}
