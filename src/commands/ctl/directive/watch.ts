import {DirectiveCommand} from '../../../cli/directive-command.ts'
import {followSet} from '../../../clients/directive/follow.ts'
import {toJson} from '../../../format/json.ts'
import {eventLine, eventOf} from '../../../format/views/directive.ts'

export default class DirectiveWatch extends DirectiveCommand {
  static override summary = 'Follow the set: what is added, changed, revoked, and what ends by itself'
  static override description =
    'A lost connection is shown as a gap; after it the set is read again, so nothing stays unseen.'
  static override examples = ['<%= config.bin %> directive watch', '<%= config.bin %> directive watch -o jsonl']

  async run(): Promise<void> {
    await this.parse(DirectiveWatch)
    this.allowFormats('table', 'jsonl')
    this.stopOnSignals()
    const {client} = await this.directives()
    const {snapshot, items} = await this.read()
    for (const directive of items) await this.tell({event: 'present', directive})
    await this.tell({event: 'watching', text: `${client.store.place}, version ${snapshot.version}`})
    for await (const event of followSet(client.store, snapshot, this.io.clock, this.signal)) await this.tell(event)
  }

  private async tell(event: Parameters<typeof eventOf>[0]): Promise<void> {
    const record = eventOf(event, this.io.clock.nowMs())
    await this.write(this.shared.output === 'table' ? eventLine(record, this.page) : `${toJson(record)}\n`)
  }
}
