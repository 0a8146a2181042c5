import * as Flags from '@oclif/core/flags'
import {TaelCommand} from '../../cli/tael-command.ts'
import {limitFlag, metricTypeFlag, serviceFlag, untilFlag, windowFlags, wordFlag} from '../../cli/tael-flags.ts'
import {pointView, rollupView, seriesView} from '../../format/views/tael.ts'

export default class Metrics extends TaelCommand {
  static override summary = 'List metric points, evaluate PromQL, or read rollups'
  static override description =
    'Without --name the server sorts by metric name before it cuts to the limit, so give a name when you want the '
    + 'newest.\n'
    + 'PromQL is a subset: selectors, rate(), sum|avg|min|max|count by (…), histogram_quantile(), one comparison.'
  static override examples = [
    '<%= config.bin %> metrics --name http.server.requests --since 1h',
    "<%= config.bin %> metrics --query 'sum(rate(http.server.requests[5m])) by (service)'",
    '<%= config.bin %> metrics --rollups --name process.memory.usage --since 7d',
  ]
  static override flags = {
    ...windowFlags, ...untilFlag, ...serviceFlag,
    name: wordFlag('name', {summary: 'Only this metric', helpValue: 'metric'}),
    ...metricTypeFlag,
    query: Flags.string({
      summary: 'Evaluate a PromQL expression now; --since is how far it looks back', helpValue: 'promql',
      exclusive: ['rollups', 'name', 'service', 'type', 'until'],
    }),
    rollups: Flags.boolean({
      summary: 'Read the 5-minute rollups, which outlive the points', exclusive: ['query', 'type'],
    }),
    ...limitFlag(500, 'At most so many points'),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Metrics)
    const window = this.window()
    const tael = await this.tael()
    const {service, name, type} = flags
    const reach = this.reach(window, flags.limit)
    if (flags.query !== undefined) {
      await this.answer(
        await tael.promql(flags.query, {lastSeconds: window.lastSeconds}), {member: 'series'}, seriesView,
      )
    } else if (flags.rollups) {
      await this.answer(
        await tael.rollups({service, name, ...reach}), {member: 'rollups', time: 'bucket_start'}, rollupView, window,
        flags.limit,
      )
    } else {
      await this.answer(
        await tael.metrics({service, name, type, ...reach}), {member: 'metrics', time: 'timestamp'}, pointView, window,
        flags.limit,
      )
    }
  }
}
