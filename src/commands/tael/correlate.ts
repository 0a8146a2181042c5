import {TaelCommand} from '../../cli/tael-command.ts'
import {optionalTraceArg, traceFlag} from '../../cli/tael-flags.ts'
import {UsageError} from '../../clients/net/errors.ts'
import {correlationView} from '../../format/views/correlation.ts'

export default class Correlate extends TaelCommand {
  static override summary = 'A trace with its logs, and the metrics of its first service'
  static override examples = ['<%= config.bin %> correlate 35f76ceff3c810b2049457e1371ebd87']
  static override args = {trace: optionalTraceArg}
  static override flags = {trace: traceFlag('Trace id, as the Rust tael spells it')}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Correlate)
    const id = args.trace ?? flags.trace
    if (id === undefined || (args.trace !== undefined && flags.trace !== undefined)) {
      throw new UsageError('give one trace id')
    }
    const answer = await (await this.tael()).correlate(id)
    await this.report(answer, correlation => this.show(correlationView, correlation))
  }
}
