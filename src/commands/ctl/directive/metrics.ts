import {DirectiveCommand} from '../../../cli/directive-command.ts'
import {readMetrics} from '../../../clients/directive/proxy-api.ts'
import {Exit} from '../../../clients/net/errors.ts'
import {metricsView} from '../../../format/views/proxy.ts'

export default class DirectiveMetrics extends DirectiveCommand {
  static override summary = 'Show requests, errors and upstream pools of each instance'
  static override examples = ['<%= config.bin %> directive metrics -o json']

  async run(): Promise<void> {
    await this.parse(DirectiveMetrics)
    const {items, failed} = await this.fanOut(async instance =>
      [{instance: instance.name, ...await readMetrics(instance, this.signal)}])
    await this.print(metricsView, items)
    if (failed.length > 0) this.leave(Exit.partial)
  }
}
