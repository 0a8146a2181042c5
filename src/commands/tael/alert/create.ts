import * as Flags from '@oclif/core/flags'
import {AlertsCommand} from '../../../cli/alerts-command.ts'
import {changing} from '../../../cli/command.ts'
import {duration, durationOr} from '../../../cli/flags.ts'
import {parseSink} from '../../../clients/tael/alerts.ts'

export default class AlertCreate extends AlertsCommand {
  static override summary = 'Create an alert rule'
  static override description =
    'The query is PromQL with a comparison; tael:span_error_rate, tael:span_p95_ms, tael:span_p99_ms, tael:span_count '
    + 'and tael:span_error_count are made from spans, by service. A sink exec=COMMAND runs in a shell on the '
    + 'server, so it is asked about first.'
  static override examples = [
    `<%= config.bin %> alert create --name pay-errors --query 'tael:span_error_rate{service="payments"} > 0.05' `
      + '--for 5m',
    '<%= config.bin %> alert create --name slow --query \'tael:span_p95_ms > 900\' '
      + '--sink webhook=https://hooks.example/x',
  ]
  static override flags = {
    name: Flags.string({required: true, summary: 'Name of the rule', helpValue: 'name'}),
    query: Flags.string({required: true, summary: 'What must hold', helpValue: 'promql'}),
    for: durationOr(0, '0s', {summary: 'How long it must hold before it fires'}),
    window: duration({summary: 'How far the query looks back; the server takes 5 minutes by default'}),
    sink: Flags.string({
      multiple: true, multipleNonGreedy: true, summary: 'webhook=URL or exec=COMMAND; repeat it',
      helpValue: 'kind=target',
    }),
    description: Flags.string({summary: 'Shown with every event', helpValue: 'text'}),
    ...changing,
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(AlertCreate)
    const {name, query, description} = flags
    const change = (await this.alertServer()).planCreate({
      name, query, description, forSeconds: Math.round(flags.for / 1_000), sinks: (flags.sink ?? []).map(parseSink),
      windowSeconds: flags.window === undefined ? undefined : Math.round(flags.window / 1_000),
    })
    const made = await this.apply(change)
    if (made) this.note(`created alert ${made.name}: ${made.query}`)
  }
}
