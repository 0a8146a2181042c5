import {Exit, OpsError, UnreachableError, UsageError} from '../clients/net/errors.ts'
import type {AlertRule} from '../clients/tael/alerts.ts'
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

type Tripped = Trip | {condition: string; alert: string; state: string; query: string}

/** What `tael watch` does: look, print, compare. */
export abstract class WatchCommand extends AlertsCommand {
  protected override readonly isLong = true

  protected async watch({service, intervalMs, exitOn, maxTicks}: WatchOptions): Promise<void> {
    this.allowFormats('table', 'jsonl')
    const lastSeconds = this.reportSeconds(60)
    const alerts = exitOn.filter(text => text.startsWith('alert:')).map(text => text.slice('alert:'.length).trim())
    if (alerts.includes('')) throw new UsageError('"alert:" names no rule', {
      hint: 'Write alert:NAME; tael alert list shows the names.',
    })
    // Checked before anything is asked: every look has the same fields.
    const fields = fieldsOf(tickOf({traces: {}, logs: {}, metrics: {}}, undefined, ''))
    const conditions = exitOn.filter(text => !text.startsWith('alert:')).map(text => parseCondition(text, fields))
    const client = await this.tael()
    this.stopOnSignals()
    await this.#firing(alerts)
    const first = new Map<string, number>()
    let before: Tick | undefined
    for (let ticks = 1; !this.signal.aborted; ticks += 1) {
      const summary = await client.summary({lastSeconds, service}, this.signal).catch(
        (error: unknown) => this.#lookFailed(error, before),
      )
      if (summary) {
        const tick = tickOf(
          summary.document as {[key: string]: unknown}, before, new Date(this.io.clock.nowMs()).toISOString(),
        )
        for (const {field} of conditions) {
          if (!first.has(field) && isKnown(tick, field)) first.set(field, fieldOf(tick, field) ?? Number.NaN)
        }
        await this.#print(tick, tickLine(tick))
        const tripped = await this.#tripped(tick, conditions, first, alerts)
        if (tripped.length > 0) return this.#met(ticks, tripped, tick)
        before = tick
      }
      if (ticks === maxTicks) return this.#verdict('max_ticks_reached', ticks, [], before)
      await this.io.clock.sleep(intervalMs, this.signal).catch(() => undefined)
    }
  }

  /** A server that is gone for a while does not end a watch that has begun. */
  #lookFailed(error: unknown, before: Tick | undefined): undefined {
    if (this.signal.aborted) return undefined
    if (!before || !(error instanceof UnreachableError)) throw error
    this.note(`no look: ${error.message}`)
    return undefined
  }

  async #tripped(
    tick: Tick, conditions: Condition[], first: Map<string, number>, alerts: string[],
  ): Promise<Tripped[]> {
    const met = conditions.flatMap(condition => evaluate(condition, tick, first.get(condition.field)) ?? [])
    return [...met, ...await this.#firing(alerts)]
  }

  /** Which of these rules fire; one that is not there must not look like a healthy system. */
  async #firing(names: string[]): Promise<Tripped[]> {
    if (names.length === 0) return []
    const rules: AlertRule[] = await this.ofAll(server => server.rules())
    return names.flatMap(name => {
      const own = rules.filter(each => each.name === name)
      if (own.length === 0) throw new OpsError('BAD_QUERY', Exit.usage, `there is no alert rule "${name}"`, {
        hint: 'tael alert list shows the names.',
      })
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

function camel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camel)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [
    key.replaceAll(/_([a-z0-9])/g, (_, char: string) => char.toUpperCase()), camel(each),
  ]))
}
