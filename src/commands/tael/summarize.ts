import {serviceFlag, TaelCommand, windowFlags} from '../../cli/tael-command.ts'
import {summaryView} from '../../format/views/summary.ts'

export default class Summarize extends TaelCommand {
  static override summary = 'Health of a window: error rate, latencies, busiest services, failing operations, logs'
  static override examples = ['<%= config.bin %> summarize --since 15m', '<%= config.bin %> summarize --service payments --since 1h']
  static override flags = {...windowFlags, ...serviceFlag}

  async run(): Promise<void> {
    const {flags} = await this.parse(Summarize)
    const answer = await (await this.tael()).summary({lastSeconds: this.reportSeconds(), service: flags.service})
    await this.report(answer, summary => this.show(summaryView, summary))
    const {traces, logs, metrics} = answer.value
    if (traces.spans + logs.total + metrics.points === 0) this.leaveIfEmpty([])
  }
}
