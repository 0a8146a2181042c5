import * as Flags from '@oclif/core/flags'
import {createTaelClient, type TaelClient, type TaelOptions} from '../clients/tael/client.ts'
import type {ShardFailure} from '../clients/tael/fanout.ts'
import {liveFeed, type FeedSource} from '../clients/tael/live.ts'
import type {FeedServer} from '../clients/tael/live-http.ts'
import {LivePrinter} from './live-printer.ts'
import {TaelCommand} from './tael-command.ts'
import {limitFlag, serviceFlag, windowFlags} from './tael-flags.ts'

export const tailFlags = {
  ...windowFlags, ...serviceFlag, ...limitFlag(20, 'Begin with so many records of each shard at most'),
  follow: Flags.boolean({
    char: 'f', summary: 'Go on with what comes, until Ctrl-C; without it, only what is there is shown',
  }),
  include: Flags.string({helpGroup: 'FILTER', summary: 'Only lines that match', helpValue: 'regex'}),
  exclude: Flags.string({helpGroup: 'FILTER', summary: 'No lines that match', helpValue: 'regex'}),
  highlight: Flags.string({helpGroup: 'OUTPUT', summary: 'Mark what matches', helpValue: 'regex'}),
  template: Flags.string({
    helpGroup: 'OUTPUT', summary: 'A line of your own: {startTime} {service} {attributes.http.route}',
    helpValue: 'text',
  }),
}

interface TailFlags {
  follow: boolean
  include?: string
  exclude?: string
  highlight?: string
  template?: string
}

/** What `tail traces` and `tail logs` share: every shard's feed, printed as it comes. */
export abstract class TailCommand extends TaelCommand {
  protected override readonly hasDocument = false
  readonly #clients: TaelClient[] = []
  readonly #endpoints = new Map<string, string>()
  readonly #startedMs = this.io.clock.monotonicMs()

  /** The moment that --since means; undefined begins with the newest few records. */
  protected sinceMs(): number | undefined {
    const {lastSeconds} = this.window()
    return lastSeconds === undefined ? undefined : this.io.clock.nowMs() - lastSeconds * 1_000
  }

  protected async tail<T extends object>(
    kind: string, source: (server: FeedServer, http: TaelOptions) => FeedSource<T>, sinceMs: number | undefined,
  ): Promise<void> {
    this.allowFormats('table', 'jsonl')
    const {follow, include, exclude, highlight, template} = this.shared as unknown as TailFlags
    const printer = new LivePrinter({
      kind, follow, include, exclude, highlight, template, jsonl: this.shared.output === 'jsonl', page: this.page,
      write: text => this.write(text), note: text => this.note(text),
    })
    const sources = await this.#sources(source)
    this.stopOnSignals()
    const {clock, random} = this.io
    for await (const item of liveFeed(sources, {sinceMs, follow, clock, random, signal: this.signal})) {
      // Without following, a shard that cannot be read is missing from the answer, and that is its whole story.
      if (item.kind === 'state' && !follow) this.missing([this.#failure(item)])
      else await printer.print(item)
    }
    if (!follow && printer.records === 0) this.leaveIfEmpty([])
  }

  async #sources<T>(source: (server: FeedServer, http: TaelOptions) => FeedSource<T>): Promise<FeedSource<T>[]> {
    const {servers} = await this.servers()
    return servers.map(({name, options}) => {
      const client = createTaelClient(options)
      this.#clients.push(client)
      this.#endpoints.set(name, client.endpoint)
      const headers: Record<string, string> = options.apiKey ? {authorization: `Bearer ${options.apiKey}`} : {}
      return source({shard: name, url: options.url, headers, client}, options)
    })
  }

  #failure({shard, reason}: {shard: string; reason: string}): ShardFailure {
    const afterMs = Math.round(this.io.clock.monotonicMs() - this.#startedMs)
    return {shard, endpoint: this.#endpoints.get(shard) ?? '', code: 'UNREACHABLE', error: reason, afterMs}
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    await Promise.all(this.#clients.map(client => client.close()))
    await super.finally(error)
  }
}
