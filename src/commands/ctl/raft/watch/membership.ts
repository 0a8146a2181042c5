import {RaftKvCommand} from '../../../../cli/raft-kv-command.ts'
import {watchMembership} from '../../../../clients/raft/watch-membership.ts'
import {toJson} from '../../../../format/json.ts'
import {membershipEvent, membershipLine} from '../../../../format/views/raft-kv.ts'

export default class RaftWatchMembership extends RaftKvCommand {
  static override summary = 'Follow who is a voter and who a learner, by the word of each node'
  static override description =
    'Every node tells what it knows, then each change. They may disagree: membership is not stored, and a restarted ' +
    'node goes back to its file. A node that cannot be asked is told as a gap. It says nothing about who leads: see ' +
    'raft status --watch.'
  static override examples = [
    '<%= config.bin %> raft watch membership', '<%= config.bin %> raft watch membership -o jsonl',
  ]

  async run(): Promise<void> {
    await this.parse(RaftWatchMembership)
    this.allowFormats('table', 'jsonl')
    this.stopOnSignals()
    const {nodes} = await this.kv()
    for await (const record of watchMembership(nodes, this.io.clock, this.io.random, this.signal)) {
      const event = membershipEvent(record, this.io.clock.nowMs())
      await this.write(this.shared.output === 'table' ? membershipLine(event, this.page) : `${toJson(event)}\n`)
    }
  }
}
