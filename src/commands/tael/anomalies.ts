import {TaelCommand} from '../../cli/tael-command.ts'
import {baselineFlag, serviceFlag, windowFlags} from '../../cli/tael-flags.ts'
import {anomalyView} from '../../format/views/tael.ts'

export default class Anomalies extends TaelCommand {
  static override summary = 'Services whose error rate or p95 rose against a baseline'
  static override description =
    'Error rates more than 0.05 above the baseline (high: 0.20), p95 above 1.5 times and by more than 25 ms (high: '
    + 'twice).\n'
    + 'The baseline window contains the current one, and only the ten busiest services of each are looked at.'
  static override examples = ['<%= config.bin %> anomalies --since 15m --baseline 6h']
  static override flags = {...windowFlags, ...serviceFlag, ...baselineFlag}

  async run(): Promise<void> {
    const {flags} = await this.parse(Anomalies)
    const tael = await this.tael()
    const answer = await tael.anomalies(this.comparedWindows(flags))
    const {items, currentSeconds} = answer.value
    const isSilent = items.length === 0
      && (await tael.spans({lastSeconds: currentSeconds, service: flags.service, limit: 1})).count('spans') === 0
    const empty = isSilent ? this.noSpans(currentSeconds, flags.service) : anomalyView.empty
    if (isSilent && !this.isForPeople) this.note(empty!)
    await this.report(answer, ({items, ...windows}) => this.print({...anomalyView, empty}, items, windows))
    this.leaveIfEmpty(items)
  }
}
