import {AlertsCommand} from '../../../cli/alerts-command.ts'
import {changing} from '../../../cli/command.ts'
import {arg} from '../../../cli/flags.ts'

export default class AlertDelete extends AlertsCommand {
  static override summary = 'Delete an alert rule'
  static override examples = [
    '<%= config.bin %> alert delete pay-errors', '<%= config.bin %> alert delete pay-errors --dry-run',
  ]
  static override args = {name: arg('name', 'Name of the rule')}
  static override flags = {...changing}

  async run(): Promise<void> {
    const {args} = await this.parse(AlertDelete)
    const deleted = await this.apply(await (await this.alertServer()).planDelete(args.name))
    if (deleted) this.note(`deleted alert ${deleted.name}`)
  }
}
