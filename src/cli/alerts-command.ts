import {UsageError} from '../clients/net/errors.ts'
import {createAlertsClient, type AlertsClient} from '../clients/tael/alerts.ts'
import {scatter} from '../clients/tael/fanout.ts'
import {TaelCommand} from './tael-command.ts'

/** What the commands on alerts share: rules live on each server by itself. */
export abstract class AlertsCommand extends TaelCommand {
  #clients: AlertsClient[] = []

  protected async alertServers(): Promise<{name: string; client: AlertsClient}[]> {
    const {servers} = await this.servers()
    const made = servers.map(({name, options}) => ({name, client: createAlertsClient(options)}))
    this.#clients.push(...made.map(each => each.client))
    return made
  }

  /** The one server that a change goes to. */
  protected async alertServer(): Promise<AlertsClient> {
    const servers = await this.alertServers()
    if (servers.length === 1) return servers[0]!.client
    throw new UsageError('an alert rule lives on one server', {
      hint: `Name it with --shard: ${servers.map(each => each.name).join(', ')}\n`
        + `A rule sees only the data of its own shard; on a query tier rules never fire.`,
    })
  }

  /** Asks all servers; what they answer carries their name when there are several. */
  protected async ofAll<T extends object>(
    ask: (client: AlertsClient) => Promise<{value: T[]}>,
  ): Promise<(T & {shard?: string})[]> {
    const servers = await this.alertServers()
    const {answers, failed} = await scatter(servers, this.io.clock, ask)
    if (failed.length > 0) this.missing(failed)
    return answers.flatMap(
      ({shard, answer}) => answer.value.map(each => (servers.length > 1 ? {shard, ...each} : each)),
    )
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    await Promise.all(this.#clients.map(client => client.close()))
    await super.finally(error)
  }
}
