import * as Flags from '@oclif/core/flags'
import {count, durationOr} from '../../cli/flags.ts'
import {serviceFlag} from '../../cli/tael-flags.ts'
import {WatchCommand} from '../../cli/watch-command.ts'

export default class Watch extends WatchCommand {
  static override summary = 'Look at a window again and again, and stop when a condition is met (exit 6)'
  static override description =
    'Conditions: field>number, >=, <, <=, or field>2x against the first look, or alert:NAME when that rule fires. '
    + 'Fields: span_count, trace_count, error_count, error_rate, avg_ms, max_ms, p50_ms, p95_ms, p99_ms, total, error, '
    + 'warn, point_count, each also as delta_… since the look before, and as traces.…, logs.…, metrics.…\n'
    + 'A window without spans has no rates and latencies: conditions on them are not met then, and 2x counts from the '
    + 'first look that has some.'
  static override examples = [
    "<%= config.bin %> watch --exit-on 'error_rate>0.05' --interval 5s",
    "<%= config.bin %> watch --service payments --exit-on 'p95_ms>2x' --exit-on alert:pay-errors --max-ticks 60",
  ]
  static override flags = {
    last: Flags.string({
      helpGroup: 'WINDOW', default: '1m', summary: 'Length of the window that is looked at', helpValue: 'time',
    }),
    ...serviceFlag,
    interval: durationOr(10_000, '10s', {
      summary: 'Time between looks, at least 1s', minMs: 1_000,
      minWhy: 'the server reads the whole window for each look',
    }),
    'exit-on': Flags.string({
      multiple: true, multipleNonGreedy: true, summary: 'Stop when this is met; repeat it, one is enough',
      helpValue: 'condition',
    }),
    'max-ticks': count({min: 1, summary: 'Stop after so many looks, with exit 0'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Watch)
    await this.watch({
      service: flags.service, intervalMs: flags.interval, exitOn: flags['exit-on'] ?? [], maxTicks: flags['max-ticks'],
    })
  }
}
