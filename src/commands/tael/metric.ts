import {arg} from '../../cli/flags.ts'
import {TaelCommand} from '../../cli/tael-command.ts'
import {limitFlag, windowFlags} from '../../cli/tael-flags.ts'
import {metricDetailView} from '../../format/views/tael.ts'

export default class Metric extends TaelCommand {
  static override summary = 'Describe one metric: type, unit, range, labels, whether quantiles work'
  static override examples = ['<%= config.bin %> metric http.server.request.duration']
  static override args = {name: arg('name', 'Metric name')}
  static override flags = {...windowFlags, ...limitFlag(500, 'Look at so many points at most')}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Metric)
    const answer = await (await this.tael()).metric(args.name, {lastSeconds: this.reportSeconds(), limit: flags.limit})
    await this.report(answer, detail => this.show(metricDetailView, detail))
  }
}
