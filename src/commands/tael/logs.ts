import {TaelCommand} from '../../cli/tael-command.ts'
import {
  attributeFlag, limitFlag, serviceFlag, severityFlag, traceFlag, untilFlag, windowFlags, wordFlag,
} from '../../cli/tael-flags.ts'
import {logView} from '../../format/views/tael.ts'

export default class Logs extends TaelCommand {
  static override summary = 'Search logs'
  static override examples = [
    '<%= config.bin %> logs --service payments --severity error --since 1h',
    '<%= config.bin %> logs --trace-id 35f76ceff3c810b2049457e1371ebd87 -o jsonl',
  ]
  static override flags = {
    ...windowFlags, ...untilFlag, ...serviceFlag, ...severityFlag,
    'body-contains': wordFlag('body-contains', {
      summary: 'Part of the body, case-sensitive; bodies over 8 KiB never match', helpValue: 'text',
    }),
    'trace-id': traceFlag('Only logs of this trace', 'FILTER'),
    ...attributeFlag, ...limitFlag(100, 'At most so many records, newest first'),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Logs)
    // A log has no name that another command could take, and its time is not its own.
    this.allowFormats('table', 'wide', 'json', 'jsonl', 'yaml', 'csv')
    const window = this.window()
    const answer = await (await this.tael()).logs({
      service: flags.service, severity: flags.severity, bodyContains: flags['body-contains'],
      traceId: flags['trace-id'], attributes: flags.attribute, ...this.reach(window, flags.limit),
    })
    await this.answer(answer, {member: 'logs', time: 'timestamp'}, logView, window, flags.limit)
  }
}
