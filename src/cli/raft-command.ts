import type {RaftClient} from '../clients/raft/client.ts'
import type {ClusterStatus} from '../clients/raft/rules.ts'
import {Exit, type ExitCode} from '../clients/net/errors.ts'
import {OpsCommand} from './command.ts'
import {openRaft} from './open/raft.ts'

/** What the commands of `ctl raft` share: the nodes of the context. */
export abstract class RaftCommand extends OpsCommand {
  #opened: Promise<RaftClient> | undefined

  protected raft(): Promise<RaftClient> {
    this.#opened ??= this.openTools().then(openRaft)
    return this.#opened
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    const client = await this.#opened?.catch(() => undefined)
    client?.close()
    await super.finally(error)
  }

  /** Asks every node once and says on stderr what is wrong. */
  protected async status(): Promise<ClusterStatus> {
    const status = await (await this.raft()).status(this.signal)
    for (const problem of status.problems) this.note(`warning: ${problem}`)
    return status
  }

  /** 4 when no node answers, 9 when some do but a leader is not proven or a node is missing. */
  protected exitOf({leader, nodes}: ClusterStatus): ExitCode {
    if (!nodes.some(({reachable}) => reachable)) return Exit.unreachable
    return leader && nodes.every(({ready}) => ready) ? Exit.ok : Exit.partial
  }
}
