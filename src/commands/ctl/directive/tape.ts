import * as Flags from '@oclif/core/flags'
import {DirectiveCommand} from '../../../cli/directive-command.ts'
import {durationOr} from '../../../cli/flags.ts'
import {mergeTapes} from '../../../clients/directive/tape.ts'
import {readTape} from '../../../clients/directive/proxy-api.ts'
import {Exit} from '../../../clients/net/errors.ts'
import {explainView} from '../../../format/views/proxy.ts'

export default class DirectiveTape extends DirectiveCommand {
  static override summary =
    'Show the break-glass tapes of all instances: the requests that a ring-buffer directive recorded'
  static override description =
    'Each instance holds its last 256 entries; what is older is gone, and a restart empties it.'
  static override examples = [
    '<%= config.bin %> directive tape --errors',
    '<%= config.bin %> directive tape --follow -o jsonl',
  ]
  static override flags = {
    errors: Flags.boolean({summary: 'Only requests that failed'}),
    probes: Flags.boolean({summary: 'Also the requests by which this tool asks what is applied'}),
    follow: Flags.boolean({char: 'f', summary: 'Go on with what is recorded from now on'}),
    interval: durationOr(1_000, '1s', {summary: 'How often to look with --follow'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(DirectiveTape)
    const merge = mergeTapes(flags)
    if (!flags.follow) {
      const {items, failed} = await this.readTapes(false)
      await this.print(explainView, merge(items).fresh)
      if (failed.length > 0) this.leave(Exit.partial)
      return
    }
    this.allowFormats('table', 'wide', 'jsonl', 'name')
    this.stopOnSignals()
    while (!this.signal.aborted) {
      const {fresh, gaps} = merge((await this.readTapes(true)).items)
      for (const name of gaps) this.note(`gap: ${name} recorded more than its tape holds, or was restarted`)
      if (fresh.length > 0) await this.print(explainView, fresh)
      if (fresh.length > 0) this.shared['no-headers'] = true
      await this.io.clock.sleep(flags.interval, this.signal).catch(() => {})
    }
  }

  private readTapes(goesOn: boolean) {
    return this.fanOut(async instance => {
      const tape = await readTape(instance, this.signal)
      return tape.map(entry => ({instance: instance.name, ...entry}))
    }, goesOn)
  }
}
