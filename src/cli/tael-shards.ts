import {UsageError} from '../clients/net/errors.ts'
import type {FanoutReport, ShardFailure} from '../clients/tael/fanout.ts'
import {escapeControl} from '../format/escape.ts'
import {toJson} from '../format/json.ts'
import type {View} from '../format/view.ts'
import type {TaelSection} from './context/schema.ts'
import type {Io} from './io.ts'
import {nearest} from '../clients/net/nearest.ts'

export interface ShardFlags {
  shard?: string[]
  via?: 'shards' | 'query-tier'
}

export interface ShardAddress {
  name: string
  url: string
}

/** Which shards to ask; undefined when one server is to be asked instead. */
export function chooseShards(section: TaelSection | undefined, {shard, via}: ShardFlags): ShardAddress[] | undefined {
  const known = Object.entries(section?.shards ?? {}).map(([name, url]) => ({name, url}))
  if (via === 'query-tier') {
    if (section?.url) return undefined
    throw new UsageError('no context says where the query tier is (tael.url)', {
      hint: 'ctl context set NAME tael.url=http://host:port',
    })
  }
  if (shard === undefined && via === undefined && known.length === 0) return undefined
  if (known.length === 0) {
    throw new UsageError('no context names shards (tael.shards)', {
      hint: 'ctl context set NAME tael.shards.s0=http://host:port',
    })
  }
  if (shard === undefined) return known
  return shard.map(name => {
    const found = known.find(each => each.name === name)
    if (found) return found
    throw unknownShard(name, known.map(each => each.name))
  })
}

export function unknownShard(name: string, names: readonly string[]): UsageError {
  const near = nearest(name, [...names])
  return new UsageError(`no shard "${name}"${near ? `: did you mean ${near}?` : ''}`, {
    hint: `Shards: ${names.join(', ')}`,
  })
}

/** The other nodes of a shard's group: when its own is gone, one of them leads and has its data. */
function standIns(section: TaelSection | undefined, shard: string): string[] {
  const asked = section?.shards?.[shard]
  return section?.groups?.[shard]?.filter(url => url !== asked) ?? []
}

/** What an answer through the query tier does not tell. */
export const tierWarning = 'through the query tier: shards that fail are left out without a word, one that hangs '
  + 'holds every answer up for 30 s, percentiles are means of percentiles, and duplicates stay'

/** What a fan-out reported while the command ran. */
export class FanoutReports {
  readonly #failed = new Map<string, ShardFailure>()
  readonly #estimates = new Set<string>()
  readonly #shards = new Map<string, NonNullable<FanoutReport['shards']>[number]>()
  readonly #fresh = new Set<string>()

  add({failed = [], estimates = [], shards = []}: FanoutReport): void {
    for (const each of failed) this.#failed.set(each.shard, each)
    for (const each of failed) this.#fresh.add(each.shard)
    for (const each of estimates) this.#estimates.add(each)
    for (const each of shards) this.#shards.set(each.shard, each)
  }

  /** The shards that failed since this was asked last, for a command that asks again and again. */
  takeFresh(): string[] {
    const names = [...this.#fresh]
    this.#fresh.clear()
    return names
  }

  /** These are no estimates any more. */
  settle(members: readonly string[]): void {
    for (const each of members) this.#estimates.delete(each)
  }

  get isPartial(): boolean {
    return this.#failed.size > 0
  }

  /** Members beside the data in json and yaml; none when all shards answered exactly. */
  get members(): Record<string, unknown> {
    return {
      ...(this.#failed.size > 0 ? {partial: [...this.#failed.values()]} : {}),
      ...(this.#estimates.size > 0 ? {estimates: [...this.#estimates]} : {}),
      ...(this.#shards.size > 0 ? {shards: [...this.#shards.values()]} : {}),
    }
  }

  /** The view with these members added to its data. */
  onto<T>(view: View<T>): View<T> {
    const {members} = this
    if (Object.keys(members).length === 0) return view
    return {...view, data: item => ({...((view.data ? view.data(item) : item) as object), ...members})}
  }

  /** Says on stderr what is missing, which other nodes of `section` may have it, and what is estimated. */
  tell(io: Pick<Io, 'stderr'>, machine: boolean, quiet: boolean, section?: TaelSection): void {
    const say = (text: string) => io.stderr.write(`${escapeControl(text)}\n`)
    if (this.#failed.size > 0 && machine) io.stderr.write(
      `${toJson({warning: 'partial', partial: [...this.#failed.values()]})}\n`,
    )
    else for (const each of this.#failed.values()) {
      say(`missing: shard ${each.shard} after ${each.afterMs} ms: ${each.error}`)
      const others = standIns(section, each.shard)
      if (others.length > 0) say(`  its group has others, each asked alone with --server: ${others.join(', ')}`)
    }
    if (quiet || machine || this.#estimates.size === 0) return
    say(`estimated from the shards' answers: ${[...this.#estimates].join(', ')}`)
    for (const each of this.#shards.values()) {
      const latencies = each.spans > 0 ? `, p50 ${each.p50Ms} ms, p95 ${each.p95Ms} ms, p99 ${each.p99Ms} ms` : ''
      say(`  ${each.shard}: ${each.spans} spans${latencies}`)
    }
  }
}
