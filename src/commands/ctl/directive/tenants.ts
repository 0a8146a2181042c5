import {DirectiveCommand} from '../../../cli/directive-command.ts'
import {readTenantMetrics} from '../../../clients/directive/proxy-api.ts'
import {Exit} from '../../../clients/net/errors.ts'
import {tenantView} from '../../../format/views/proxy.ts'

export default class DirectiveTenants extends DirectiveCommand {
  static override summary = 'Show requests, failures and latency of each tenant, by instance'
  static override examples = ['<%= config.bin %> directive tenants --sort-by -failures']

  async run(): Promise<void> {
    await this.parse(DirectiveTenants)
    const {items, failed} = await this.fanOut(async instance =>
      (await readTenantMetrics(instance, this.signal)).map(row => ({instance: instance.name, ...row})))
    await this.print(tenantView, items)
    if (failed.length > 0) this.leave(Exit.partial)
  }
}
