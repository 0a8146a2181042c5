import {Exit, OpsError, UnreachableError, UsageError} from '../clients/net/errors.ts'
import type {AlertRule} from '../clients/tael/alerts.ts'
import type {TaelClient, Window} from '../clients/tael/client.ts'
import {
  evaluate, fieldOf, fieldsOf, isKnown, parseCondition, tickOf, type Condition, type Tick, type Trip,
} from '../clients/tael/condition.ts'
import {toJson} from '../format/json.ts'
import {tickLine} from '../format/views/alerts.ts'
import {AlertsCommand} from './alerts-command.ts'

interface WatchOptions {
  service: string | undefined
  intervalMs: number
  exitOn: string[]
  maxTicks: number | undefined
}

/** What one look saw, and the shards that it is without. */
interface Look {
  tick: Tick
  missing: string[]
}

/** The look to count differences from; a shard that went or came back is no difference in what it has. */
function comparable(before: Look | undefined, missing: readonly string[]): Tick | undefined {
  return before?.missing.join() === missing.join() ? before.tick : undefined
}

type Tripped = Trip | {condition: string; alert: string; state: string; query: string}

/** What `tael watch` does: look, print, compare. */
export abstract class WatchCommand extends AlertsCommand {
  protected override readonly isLong = true

  protected async watch({service, intervalMs, exitOn, maxTicks}: WatchOptions): Promise<void> {
    this.allowFormats('table', 'jsonl')
    const window = {lastSeconds: this.reportSeconds(60), service}
    const goal = goalOf(exitOn)
    const client = await this.tael()
    this.stopOnSignals()
    await this.#firing(goal.alerts)
    const first = new Map<string, number>()
    let before: Look | undefined
    for (let ticks = 1; !this.signal.aborted; ticks += 1) {
      const look = await this.#look(client, window, before)
      if (look) {
        const {tick} = look
        noteFirst(first, goal.conditions, tick)
        await this.#printLook(look)
        const tripped = await this.#tripped(tick, goal, first)
        if (tripped.length > 0) return this.#met(ticks, tripped, tick)
        before = look
      }
      if (ticks === maxTicks) return this.#verdict('max_ticks_reached', ticks, [], before?.tick)
      await this.io.clock.sleep(intervalMs, this.signal).catch(() => undefined)
    }
  }

  /** Undefined when the server is gone for a while, which does not end a watch that has begun. */
  async #look(
    client: TaelClient, window: Window, before: Look | undefined,
  ): Promise<Look | undefined> {
    try {
      const {document} = await client.summary(window, this.signal)
      const missing = this.freshlyMissing().sort()
      const at = new Date(this.io.clock.nowMs()).toISOString()
      return {tick: tickOf(document as Record<string, unknown>, comparable(before, missing), at), missing}
    } catch (error) {
      if (this.signal.aborted) return undefined
      if (!before || !(error instanceof UnreachableError)) throw error
      this.note(`no look: ${error.message}`)
      return undefined
    }
  }

  /** What a look is without stands in its line; where lines are for programs, on stderr. */
  async #printLook({tick, missing}: Look): Promise<void> {
    if (missing.length > 0 && !this.isForPeople) this.note(`the next look is without ${missing.join(', ')}`)
    await this.#print(tick, tickLine(tick, missing))
  }

  async #tripped(tick: Tick, {conditions, alerts}: Goal, first: ReadonlyMap<string, number>): Promise<Tripped[]> {
    const met = conditions.flatMap(condition => evaluate(condition, tick, first.get(condition.field)) ?? [])
    return [...met, ...await this.#firing(alerts)]
  }

  /** Which of these rules fire; one that is not there must not look like a healthy system. */
  async #firing(names: string[]): Promise<Tripped[]> {
    if (names.length === 0) return []
    const rules: AlertRule[] = await this.ofAll(server => server.rules())
    return names.flatMap(name => {
      const own = rules.filter(each => each.name === name)
      if (own.length === 0) {
        const hint = 'tael alert list shows the names.'
        throw new OpsError('BAD_QUERY', Exit.usage, `there is no alert rule "${name}"`, {hint})
      }
      const firing = own.find(each => each.state === 'firing')
      return firing ? [{condition: `alert:${name}`, alert: name, state: 'firing', query: firing.query}] : []
    })
  }

  async #met(ticks: number, tripped: Tripped[], tick: Tick): Promise<void> {
    await this.#verdict('condition_met', ticks, tripped, tick)
    for (const each of tripped) {
      this.note('field' in each ? `met: ${each.condition} (${each.field} is ${each.actual})` : `met: ${each.condition}`)
    }
    this.leave(Exit.conditionMet)
  }

  async #verdict(verdict: string, ticks: number, tripped: Tripped[], tick: Tick | undefined): Promise<void> {
    await this.#print({verdict, ticks, tripped, tick: tick ?? null}, '')
  }

  /** The Rust CLI's document with --format json, ours in camelCase with -o jsonl, else a line. */
  async #print(document: object, line: string): Promise<void> {
    if (this.shared['format'] === 'json') await this.write(`${toJson(document)}\n`)
    else if (this.shared.output === 'jsonl') await this.write(`${toJson(camel(document))}\n`)
    else await this.write(line)
  }
}

/** What ends a watch: conditions on the figures of a look, and the names of alert rules. */
interface Goal {
  conditions: Condition[]
  alerts: string[]
}

/** Checked before anything is asked: every look has the same fields. */
function goalOf(exitOn: readonly string[]): Goal {
  const isAlert = (text: string) => text.startsWith('alert:')
  const alerts = exitOn.filter(isAlert).map(text => text.slice('alert:'.length).trim())
  if (alerts.includes('')) {
    const hint = 'Write alert:NAME; tael alert list shows the names.'
    throw new UsageError('"alert:" names no rule', {hint})
  }
  const fields = fieldsOf(tickOf({traces: {}, logs: {}, metrics: {}}, undefined, ''))
  return {alerts, conditions: exitOn.filter(text => !isAlert(text)).map(text => parseCondition(text, fields))}
}

/** `2x` counts from the first look in which a field is known. */
function noteFirst(first: Map<string, number>, conditions: readonly Condition[], tick: Tick): void {
  for (const {field} of conditions) {
    if (!first.has(field) && isKnown(tick, field)) first.set(field, fieldOf(tick, field) ?? Number.NaN)
  }
}

function camel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camel)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [
    key.replaceAll(/_([a-z0-9])/g, (_, char: string) => char.toUpperCase()), camel(each),
  ]))
}
