import {DirectiveCommand} from '../../../cli/directive-command.ts'
import {followSet} from '../../../clients/directive/follow.ts'
import {toJson} from '../../../format/json.ts'
import {directiveView, eventLine, eventOf} from '../../../format/views/directive.ts'

export default class DirectiveWatch extends DirectiveCommand {
  static override summary = 'Follow the set: what is added, changed, revoked, and what ends by itself'
  static override description =
    'A lost connection is shown as a gap; after it the set is read again, so nothing stays unseen.'
  static override examples = ['<%= config.bin %> directive watch', '<%= config.bin %> directive watch -o jsonl']

  async run(): Promise<void> {
    await this.parse(DirectiveWatch)
    this.allowFormats('table', 'jsonl')
    this.stopOnSignals()
    const isText = this.shared.output === 'table'
    const {client} = await this.directives()
    const {snapshot, items} = await this.read()
    if (isText) await this.print(directiveView, items)
    for await (const event of followSet(client.store, snapshot, this.io.clock, this.signal)) {
      const record = eventOf(event, this.io.clock.nowMs())
      await this.write(isText ? eventLine(record, this.page) : `${toJson(record)}\n`)
    }
  }
}
