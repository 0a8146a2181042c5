import {AlertsCommand} from '../../../cli/alerts-command.ts'
import {ruleView} from '../../../format/views/alerts.ts'

export default class AlertList extends AlertsCommand {
  static override summary = 'Alert rules and their state'
  static override examples = ['<%= config.bin %> alert list', '<%= config.bin %> alert list -o json']

  async run(): Promise<void> {
    await this.parse(AlertList)
    if (this.shared['format'] === 'json') return this.document((await (await this.alertServer()).rules()).document)
    const rules = await this.ofAll(client => client.rules())
    await this.print(ruleView, rules)
    this.leaveIfEmpty(rules)
  }
}
