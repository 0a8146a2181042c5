import * as Flags from '@oclif/core/flags'
import {UsageError} from '../clients/net/errors.ts'
import {createTaelClient, type TaelClient} from '../clients/tael/client.ts'
import {liveFeed, type FeedSource, type LiveItem} from '../clients/tael/live.ts'
import type {FeedServer} from '../clients/tael/live-http.ts'
import {toJson} from '../format/json.ts'
import {fillTemplate, highlight, liveLine, liveText} from '../format/views/live.ts'
import {TaelCommand} from './tael-command.ts'
import {limitFlag, serviceFlag, windowFlags} from './tael-flags.ts'

export const tailFlags = {
  ...windowFlags, ...serviceFlag, ...limitFlag(20, 'Begin with so many records of each shard at most'),
  follow: Flags.boolean({char: 'f', summary: 'Go on with what comes, until Ctrl-C'}),
  include: Flags.string({helpGroup: 'FILTER', summary: 'Only lines that match', helpValue: 'regex'}),
  exclude: Flags.string({helpGroup: 'FILTER', summary: 'No lines that match', helpValue: 'regex'}),
  highlight: Flags.string({helpGroup: 'OUTPUT', summary: 'Mark what matches', helpValue: 'regex'}),
  template: Flags.string({
    helpGroup: 'OUTPUT', summary: 'A line of your own: {startTime} {service} {attributes.http.route}', helpValue: 'text',
  }),
}

/** What `tail traces` and `tail logs` share: every shard's feed, printed as it comes. */
export abstract class TailCommand extends TaelCommand {
  protected override readonly hasDocument = false
  #clients: TaelClient[] = []

  /** The moment that --since means; undefined begins with the newest few records. */
  protected sinceMs(): number | undefined {
    const {lastSeconds} = this.window()
    return lastSeconds === undefined ? undefined : this.io.clock.nowMs() - lastSeconds * 1_000
  }

  protected async tail<T extends object>(
    kind: string, source: (server: FeedServer, http: Parameters<typeof createTaelClient>[0]) => FeedSource<T>, sinceMs: number | undefined,
  ): Promise<void> {
    this.allowFormats('table', 'jsonl')
    const flags = this.shared as unknown as {follow: boolean; include?: string; exclude?: string; highlight?: string; template?: string}
    const [include, exclude, marked] = [pattern(flags.include), pattern(flags.exclude), pattern(flags.highlight, 'g')]
    const {servers} = await this.servers()
    const sources = servers.map(({name, options}) => {
      const client = createTaelClient(options)
      this.#clients.push(client)
      const headers: Record<string, string> = options.apiKey ? {authorization: `Bearer ${options.apiKey}`} : {}
      return source({shard: name, url: options.url, headers, client}, options)
    })
    this.stopOnSignals()
    const {clock, random} = this.io
    let shown = 0
    for await (const item of liveFeed(sources, {sinceMs, follow: flags.follow, clock, random, signal: this.signal})) {
      if (item.kind !== 'record') {
        await this.#told(item)
        continue
      }
      const text = include || exclude ? liveText(item.record as Record<string, unknown>) : ''
      if ((include && !include.test(text)) || exclude?.test(text)) continue
      shown += 1
      await this.write(this.#line(kind, item.shard, item.record as Record<string, unknown>, flags.template, marked))
    }
    if (!flags.follow && shown === 0) this.leaveIfEmpty([])
  }

  #line(kind: string, shard: string, item: Record<string, unknown>, template: string | undefined, marked: RegExp | undefined): string {
    if (this.shared.output === 'jsonl') return `${toJson({event: kind, shard, item})}\n`
    if (template !== undefined) return `${fillTemplate(template, item)}\n`
    return `${highlight(liveLine(item, this.page), marked, this.page)}\n`
  }

  async #told<T>(item: Exclude<LiveItem<T>, {kind: 'record'}>): Promise<void> {
    const {kind, shard, ...facts} = item
    if (this.shared.output === 'jsonl') return this.write(`${toJson({event: kind, shard, ...rfcTimes(facts)})}\n`)
    if (item.kind === 'state') this.note(`shard ${shard}: ${item.reason}; trying again`)
    else if (item.kind === 'dropped') this.note(`shard ${shard}: ${item.records} records came faster than they were read, and are not shown`)
    else {
      const {sinceAt, untilAt} = rfcTimes(facts)
      this.note(`shard ${shard}: gap from ${String(sinceAt)} to ${String(untilAt)}; found again by query: ${item.refilled ?? 'nothing could be asked'}`)
    }
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    await Promise.all(this.#clients.map(client => client.close()))
    await super.finally(error)
  }
}

function rfcTimes(facts: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).map(([key, value]) =>
    (key.endsWith('Ms') ? [`${key.slice(0, -2)}At`, new Date(Number(value)).toISOString()] : [key, value])))
}

function pattern(text: string | undefined, flags = ''): RegExp | undefined {
  if (text === undefined) return undefined
  try {
    return new RegExp(text, flags)
  } catch (cause) {
    throw new UsageError(`"${text}" is not a regular expression: ${(cause as Error).message}`, {cause})
  }
}
