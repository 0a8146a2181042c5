import {TaelCommand} from '../../cli/tael-command.ts'
import {serviceView} from '../../format/views/tael.ts'

export default class Services extends TaelCommand {
  static override summary = 'List services with their spans, traces, mean duration and error rate'
  static override description =
    'The server counts its hot tier only: the last 24 hours unless it is configured otherwise.'
  static override examples = ['<%= config.bin %> services', '<%= config.bin %> services --sort-by -errors']

  async run(): Promise<void> {
    await this.parse(Services)
    await this.answer(await (await this.tael()).services(), {member: 'services'}, serviceView)
  }
}
