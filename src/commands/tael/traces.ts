import {TaelCommand} from '../../cli/tael-command.ts'
import {limitFlag, spanFilter, spanFilterFlags, untilFlag, windowFlags} from '../../cli/tael-flags.ts'
import {listTraces} from '../../clients/tael/list-traces.ts'
import {traceView} from '../../format/views/tael.ts'

export default class Traces extends TaelCommand {
  static override summary = 'List traces, one line each: root, services, spans, errors, duration'
  static override description =
    `Filters choose spans; a trace is listed when one of its spans passes, and is then looked up whole.
A trace without its root, or with spans whose parent is missing, is marked incomplete.`
  static override examples = [
    '<%= config.bin %> traces --status error --since 1h',
    '<%= config.bin %> traces --service checkout --sort-by -duration --limit 50',
    '<%= config.bin %> traces -o name --status error | head -1 | xargs <%= config.bin %> trace',
  ]
  static override flags = {
    ...windowFlags, ...untilFlag, ...spanFilterFlags, ...limitFlag(20, 'At most so many traces, newest first', 1),
  }

  protected override readonly hasDocument = false

  async run(): Promise<void> {
    const {flags} = await this.parse(Traces)
    const window = this.window()
    const {traces, more} = await listTraces(await this.tael(), {
      filter: spanFilter(flags), limit: flags.limit, lastSeconds: this.reach(window, 0).lastSeconds,
      sinceMs: window.sinceMs, untilMs: window.untilMs,
    })
    if (more) this.note(`more traces match: raise --limit (now ${flags.limit}) or narrow the window`)
    await this.print(traceView, traces)
    this.leaveIfEmpty(traces)
  }
}
