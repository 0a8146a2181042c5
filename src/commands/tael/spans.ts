import * as Flags from '@oclif/core/flags'
import {TaelCommand} from '../../cli/tael-command.ts'
import {limitFlag, spanFilter, spanFilterFlags, untilFlag, windowFlags} from '../../cli/tael-flags.ts'
import {spanView} from '../../format/views/tael.ts'

export default class Spans extends TaelCommand {
  static override summary = 'Search spans'
  static override examples = [
    '<%= config.bin %> spans --status error --since 1h',
    '<%= config.bin %> spans --service payments --attribute deployment.version=v13 --min-duration 500ms',
  ]
  static override flags = {
    ...windowFlags, ...untilFlag, ...spanFilterFlags, ...limitFlag(100, 'At most so many spans, newest first'),
    explain: Flags.boolean({summary: 'Say how the server found them: index, tiers, rows looked at'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Spans)
    const window = this.window()
    const filter = {...spanFilter(flags), ...this.reach(window, flags.limit), explain: flags.explain}
    const answer = await (await this.tael()).spans(filter)
    if (flags.explain && flags.format !== 'json') this.explain(answer.document as {explain?: unknown})
    await this.answer(answer, {member: 'spans', time: 'start_time'}, spanView, window, flags.limit)
  }

  private explain(document: {explain?: unknown}): void {
    this.note(
      document.explain === undefined ? 'this server version has no explain' : JSON.stringify(document.explain, null, 2),
    )
  }
}
