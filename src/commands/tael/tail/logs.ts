import {severityFlag} from '../../../cli/tael-flags.ts'
import {TailCommand, tailFlags} from '../../../cli/tail-command.ts'
import {logFeed} from '../../../clients/tael/live-http.ts'

export default class TailLogs extends TailCommand {
  static override summary = 'Show the newest logs of every shard, and with -f follow them as they are ingested'
  static override description =
    'With -f it subscribes to each shard itself, then asks for what was before: no log falls between the two, none '
    + 'shows twice. After a cut it connects again, asks for what it missed and tells the gap. It leaves a server that '
    + 'is stopping, which would wait for it.'
  static override examples = [
    '<%= config.bin %> tail logs -f --service payments',
    '<%= config.bin %> tail logs --limit 50',
    '<%= config.bin %> tail logs -f --severity error --since 10m --highlight "card|acquirer"',
  ]
  static override flags = {...tailFlags, ...severityFlag}

  async run(): Promise<void> {
    const {flags} = await this.parse(TailLogs)
    const {service, severity, limit} = flags
    const sinceMs = this.sinceMs()
    await this.tail(
      'log', (server, http) => logFeed(server, {service, severity, limit}, http, this.io.clock.nowMs), sinceMs,
    )
  }
}
