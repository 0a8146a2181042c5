import {TaelCommand} from '../../cli/tael-command.ts'
import {baselineFlag, serviceFlag, windowFlags} from '../../cli/tael-flags.ts'
import {diffView} from '../../format/views/tael.ts'

export default class Diff extends TaelCommand {
  static override summary = 'Compare a window with a baseline: rates, errors, latencies'
  static override description = 'The baseline window contains the current one.'
  static override examples = ['<%= config.bin %> diff --since 15m --baseline 1h --service checkout']
  static override flags = {...windowFlags, ...serviceFlag, ...baselineFlag}

  async run(): Promise<void> {
    const {flags} = await this.parse(Diff)
    const answer = await (await this.tael()).diff(this.comparedWindows(flags))
    await this.report(answer, ({items, ...windows}) => this.print(diffView, items, windows))
    const {items, currentSeconds} = answer.value
    const current = (metric: string) => items.find(item => item.metric === metric)?.current
    if (current('spans_per_second') !== 0) return
    this.note(this.noSpans(currentSeconds, flags.service))
    if (current('log_errors_per_second') === 0) this.leaveIfEmpty([])
  }
}
