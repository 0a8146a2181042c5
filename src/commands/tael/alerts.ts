import * as Flags from '@oclif/core/flags'
import {AlertsCommand} from '../../cli/alerts-command.ts'
import {LivePrinter} from '../../cli/live-printer.ts'
import {limitFlag} from '../../cli/tael-flags.ts'
import type {AlertEvent} from '../../clients/tael/alerts.ts'
import {liveFeed} from '../../clients/tael/live.ts'
import {alertFeed} from '../../clients/tael/live-http.ts'
import {eventLine, eventView} from '../../format/views/alerts.ts'

export default class Alerts extends AlertsCommand {
  static override summary = 'What alerts did: each change of state, newest first, or as it happens'
  static override description = 'Servers keep the last 256 events in memory and forget them at a restart.'
  static override examples = ['<%= config.bin %> alerts', '<%= config.bin %> alerts --follow -o jsonl']
  static override flags = {
    ...limitFlag(50, 'At most so many events of each server'),
    follow: Flags.boolean({char: 'f', summary: 'Go on with what comes, until Ctrl-C'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Alerts)
    if (flags.follow) return this.#follow(flags.limit)
    if (flags.format === 'json') return this.document((await (await this.alertServer()).events(flags.limit)).document)
    const events = await this.ofAll(client => client.events(flags.limit))
    const byTime = events.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))
    await this.print(eventView, byTime)
    this.leaveIfEmpty(byTime)
  }

  async #follow(limit: number): Promise<void> {
    this.allowFormats('table', 'jsonl')
    const {servers} = await this.servers()
    const clients = await this.alertServers()
    const sources = servers.map(({name, options}, n) => alertFeed({name, options, client: clients[n]!.client}, limit))
    this.stopOnSignals()
    const {clock, random} = this.io
    const printer = new LivePrinter({
      kind: 'alert', follow: true, jsonl: this.shared.output === 'jsonl', page: this.page,
      write: text => this.write(text), note: text => this.note(text),
      line: (event, page) => eventLine(event as unknown as AlertEvent, page),
    })
    const options = {sinceMs: undefined, follow: true, clock, random, signal: this.signal}
    for await (const item of liveFeed<AlertEvent>(sources, options)) await printer.print(item)
  }
}
