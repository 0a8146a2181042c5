import * as Flags from '@oclif/core/flags'
import {TailCommand, tailFlags} from '../../../cli/tail-command.ts'
import {spanFeed} from '../../../clients/tael/live-http.ts'
import {statuses} from '../../../clients/tael/query.ts'

const description =
  'With -f it subscribes to each shard itself, since the query tier and standbys carry nothing, then asks for what '
  + 'was before: no span falls between the two, none shows twice. Spans come in the order of their ingestion, a trace '
  + 'in pieces. After a cut it connects again, asks for what it missed and tells the gap. It leaves a server that is '
  + 'stopping, which would wait for it.'

export default class TailTraces extends TailCommand {
  static override summary = 'Show the newest spans of every shard, and with -f follow them as they are ingested'
  static override description = description
  static override examples = [
    '<%= config.bin %> tail traces -f',
    '<%= config.bin %> tail traces -f --status error --since 10m',
    '<%= config.bin %> tail traces -f --template \'{startTime} {service} {operation} {attributes.http.route}\'',
  ]
  static override flags = {
    ...tailFlags,
    status: Flags.option({helpGroup: 'FILTER', options: statuses, summary: 'ok, error or unset'})(),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(TailTraces)
    const {service, status, limit} = flags
    const sinceMs = this.sinceMs()
    await this.tail(
      'span', (server, http) => spanFeed(server, {service, status, limit}, http, this.io.clock.nowMs), sinceMs,
    )
  }
}
