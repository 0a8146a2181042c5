import * as Flags from '@oclif/core/flags'
import {countOr, count, duration} from '../../cli/flags.ts'
import {TaelCommand} from '../../cli/tael-command.ts'
import {traceArg} from '../../cli/tael-flags.ts'
import {NotFoundError} from '../../clients/net/errors.ts'
import {buildTrace} from '../../clients/tael/trace.ts'
import {spanView} from '../../format/views/tael.ts'
import {waterfallView} from '../../format/views/waterfall.ts'
import {waterfallRows} from '../../clients/tael/waterfall.ts'

export default class Trace extends TaelCommand {
  static override summary = 'Show one trace as a waterfall: tree, bars, self time, critical path'
  static override description =
    '● critical path   ✗ error   ⚠ clocks disagree with the parent   █ own time   ▒ time inside children\n'
    + 'Spans whose parent is not in the trace stand below a (missing parent …) row. Nothing is left out without a '
    + 'line that says so.'
  static override examples = [
    '<%= config.bin %> trace 35f76ceff3c810b2049457e1371ebd87',
    '<%= config.bin %> trace 35f76ceff3c810b2049457e1371ebd87 --errors --offsets',
    '<%= config.bin %> trace 35f76ceff3c810b2049457e1371ebd87 -o json',
  ]
  static override args = {trace: traceArg}
  static override flags = {
    'min-duration': duration({
      helpGroup: 'PICTURE', bareUnit: 'ms', summary: 'Leave out shorter spans, unless they lead to longer ones',
    }),
    depth: count({helpGroup: 'PICTURE', summary: 'Levels below the root to show'}),
    service: Flags.string({
      helpGroup: 'PICTURE', multiple: true, multipleNonGreedy: true,
      summary: 'Only these services, and what leads to them', helpValue: 'name',
    }),
    errors: Flags.boolean({helpGroup: 'PICTURE', summary: 'Only failed spans, and what leads to them'}),
    collapse: countOr(5, {helpGroup: 'PICTURE', summary: 'Show so many alike siblings, or more, as one row; 0 never'}),
    rows: countOr(500, {helpGroup: 'PICTURE', min: 10, summary: 'Fold what goes beyond so many rows'}),
    width: count({helpGroup: 'PICTURE', min: 40, max: 1000, summary: 'Columns to draw in; the terminal\'s by default'}),
    offsets: Flags.boolean({helpGroup: 'PICTURE', summary: 'Show when each span started'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Trace)
    const answer = await (await this.tael()).trace(args.trace)
    await this.report(answer, async spans => {
      if (this.shared.output === 'csv') return this.print(spanView, spans)
      const trace = buildTrace(spans)
      if (!trace) throw new NotFoundError(`trace ${args.trace} has no spans`)
      const {rows, hidden} = waterfallRows(trace, {
        minDurationMs: flags['min-duration'], depth: flags.depth, services: flags.service, errorsOnly: flags.errors,
        collapse: flags.collapse, maxRows: flags.rows,
      })
      await this.show(waterfallView, {trace, rows, hidden, offsets: flags.offsets, width: flags.width})
    })
  }
}
