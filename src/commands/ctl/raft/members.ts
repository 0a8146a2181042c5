import {RaftCommand} from '../../../cli/raft-command.ts'
import {Exit} from '../../../clients/net/errors.ts'
import {memberList} from '../../../clients/raft/rules.ts'
import {raftMemberView} from '../../../format/views/raft.ts'

export default class RaftMembers extends RaftCommand {
  static override summary = 'List voters and learners, and which node knows of each'
  static override description =
    'Membership is not stored by the nodes: a restarted one goes back to its configuration file. So every node is ' +
    'asked, and a member that not all of them know is shown with those that do.'
  static override examples = ['<%= config.bin %> raft members']

  async run(): Promise<void> {
    await this.parse(RaftMembers)
    const status = await this.status()
    await this.print(raftMemberView, memberList(status.nodes))
    const exit = this.exitOf(status)
    if (exit !== Exit.ok) this.leave(exit)
  }
}
