import type {ProbeResult} from '../clients/raft/probe.ts'
import type {ClusterStatus} from '../clients/raft/rules.ts'
import type {StatusChange} from '../clients/raft/status-changes.ts'
import {Exit, OpsError} from '../clients/net/errors.ts'
import {toJson} from '../format/json.ts'
import {formatList} from './output.ts'
import {raftChangeLine, raftHeadline, raftNodeView} from '../format/views/raft.ts'
import {RaftCommand} from './raft-command.ts'

/** A picture is drawn again after so long, also when nothing but the latencies changed. */
const redrawMs = 1_000

/** What `ctl raft status` does once and again. */
export abstract class RaftStatusCommand extends RaftCommand {
  protected async look(isProbed: boolean): Promise<void> {
    const status = await this.status()
    const probe = isProbed ? await this.#probe(status) : undefined
    if (this.shared['dry-run']) return
    const {nodes, leader, quorum, problems} = status
    const stuck = probe && probe.stateMachine !== 'applies' ? [probeProblem(probe)] : []
    for (const problem of stuck) this.note(`warning: ${problem}`)
    await this.print(raftNodeView, nodes, {leader, quorum, problems: [...problems, ...stuck], ...(probe && {probe})})
    if (probe && stuck.length === 0) this.note(`${probe.key} was written and applied by node ${probe.node}`)
    const exit = stuck.length > 0 ? Exit.partial : this.exitOf(status)
    if (exit !== Exit.ok) this.leave(exit)
  }

  /** Draws a picture on a terminal, writes changes elsewhere. Ends by a signal. */
  protected async follow(intervalMs: number): Promise<void> {
    this.allowFormats('table', 'wide', 'jsonl')
    this.stopOnSignals()
    const {changesBetween} = await import('../clients/raft/status-changes.ts')
    const isPicture = this.io.stdout.isTTY && this.shared.output !== 'jsonl'
    let before: ClusterStatus | undefined
    let drawnAtMs = Number.NEGATIVE_INFINITY
    for await (const status of (await this.raft()).watch(intervalMs, this.io.clock, this.signal)) {
      const changes = changesBetween(before, status)
      before = status
      const nowMs = this.io.clock.monotonicMs()
      if (!isPicture) await this.#tell(changes)
      else if (changes.length > 0 || nowMs - drawnAtMs >= redrawMs) {
        drawnAtMs = nowMs
        await this.#draw(status)
      }
    }
  }

  async #tell(changes: readonly StatusChange[]): Promise<void> {
    const at = new Date(this.io.clock.nowMs()).toISOString()
    for (const change of changes) {
      const text = this.shared.output === 'jsonl'
        ? `${toJson({event: change.event, at, item: change.item})}\n` : raftChangeLine({...change, at}, this.page)
      await this.write(text)
    }
  }

  /** From the upper left corner, each line cleared to its end, so that nothing flickers. */
  async #draw(status: ClusterStatus): Promise<void> {
    const table = await formatList(raftNodeView, status.nodes, this.outputOptions, this.page)
    const problems = status.problems.map(each => `! ${each}\n`).join('')
    const text = `${raftHeadline(status, this.page)}\n\n${table}\n${problems}`
    await this.write(`\u001b[H${text.replaceAll('\n', '\u001b[K\n')}\u001b[J`)
  }

  /** What the probe showed; undefined with --dry-run. */
  async #probe(status: ClusterStatus): Promise<ProbeResult | undefined> {
    const value = `${this.io.pid} ${new Date(this.io.clock.nowMs()).toISOString()}`
    const change = (await this.raft()).planProbe(status, value)
    if (!change) throw new OpsError('NO_LEADER', Exit.partial, 'no node calls itself leader: nobody to write to')
    try {
      return await this.apply(change)
    } catch (error) {
      const found = error instanceof OpsError && error.code === 'OUTCOME_UNKNOWN' ? error.details?.['found'] : undefined
      if (!found) throw error
      return found as ProbeResult
    }
  }
}

function probeProblem({key, node, stateMachine, revisionAfter}: ProbeResult): string {
  return stateMachine === 'stuck'
    ? `the state machine stands still at revision ${revisionAfter}: node ${node} has a quorum, but applies no ${key}`
    : `whether ${key} was written is unknown: node ${node} did not confirm it`
}
