import {Exit, UsageError} from '../clients/net/errors.ts'
import type {Json} from '../clients/net/json.ts'
import type {Answer} from '../clients/tael/answer.ts'
import {createTaelClient, type TaelClient} from '../clients/tael/client.ts'
import type {ShardFailure} from '../clients/tael/fanout.ts'
import {parseInstantNs} from '../clients/tael/instant.ts'
import {duration} from '../format/units.ts'
import type {View} from '../format/view.ts'
import {OpsCommand} from './command.ts'
import {taelServers, type TaelServer} from './open/tael.ts'
import {isMachine} from './output.ts'
import {QuietExit} from './report.ts'
import {FanoutReports, tierWarning, type ShardFlags} from './tael-shards.ts'
import {taelFlags} from './tael-flags.ts'
import {isWithin, parseWindow, type Window} from './time-input.ts'

/** How a list stands in the server's document, so that it can be cut to an absolute window. */
export interface ListShape {
  member: string
  /** The member of a record that holds its time. */
  time?: string
}

const skewSeconds = 300
const deepLimit = 50_000

/** What commands of `tael` share: the connection, the window, and printing answers. */
export abstract class TaelCommand extends OpsCommand {
  static override baseFlags = {...OpsCommand.baseFlags, ...taelFlags}

  /** A command that asks for hours tries a shard that failed again; others wait for it once. */
  protected readonly isLong: boolean = false
  #client: Promise<TaelClient> | undefined
  readonly #reports = new FanoutReports()

  /** Whether the server has a document for it that --format json could print. */
  protected readonly hasDocument: boolean = true

  /** The client of this run's server; closed by itself when the command ends. */
  protected tael(): Promise<TaelClient> {
    this.#client ??= this.#connect()
    return this.#client
  }

  protected override get isForPeople(): boolean {
    return super.isForPeople && this.shared['format'] !== 'json'
  }

  /** What --format json cannot do is an error, never ignored. */
  protected override checkFlags(): void {
    if (this.shared['format'] !== 'json') return
    if (!this.hasDocument) throw new UsageError('the server has no document of its own for this command', {
      hint: 'Use -o json.',
    })
    const unused = ['columns', 'sort-by', 'no-headers'].find(name => this.shared[name])
    if (unused) throw new UsageError(
      `--${unused} does not apply to --format json, which is the server's document as it is`,
      {hint: 'Use -o json, csv or table.'},
    )
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    await (await this.#client?.catch(() => undefined))?.close()
    await super.finally(error)
    if (error && !(error instanceof QuietExit)) return
    const section = this.#reports.isPartial ? (await this.settings()).section('tael') : undefined
    this.#reports.tell(this.io, isMachine(this.shared?.output), this.shared?.quiet, section)
    if (!this.#reports.isPartial || this.shared['allow-partial']) return
    if (!error || error.exit === Exit.noResults) throw new QuietExit(Exit.partial)
  }

  protected override print<T>(view: View<T>, items: readonly T[], extra?: Record<string, unknown>): Promise<void> {
    return super.print(view, items, {...extra, ...this.#reports.members})
  }

  protected override show<T>(view: View<T>, item: T): Promise<void> {
    return super.show(this.#reports.onto(view), item)
  }

  async #connect(): Promise<TaelClient> {
    const {servers, fanOut} = await this.servers()
    const clients = servers.map(({name, options}) => ({name, client: createTaelClient(options)}))
    if (!fanOut) return clients[0]!.client
    const {fanoutClient} = await import('../clients/tael/fanout.ts')
    return fanoutClient(clients, this.io.clock, each => this.#reports.add(each), {giveUp: !this.isLong})
  }

  /** Members that a command has made exact by itself. */
  protected exactly(...members: string[]): void {
    this.#reports.settle(members)
  }

  /** The shards that failed since this was asked last. */
  protected freshlyMissing(): string[] {
    return this.#reports.takeFresh()
  }

  /** Shards that did not answer a command which asked them itself. */
  protected missing(failed: ShardFailure[]): void {
    this.#reports.add({failed})
  }

  /** The servers of this run: those of the context's shards, or the one that is named. */
  protected async servers(): Promise<{servers: TaelServer[]; fanOut: boolean}> {
    const {via, shard, 'api-key': apiKey} = this.shared as ShardFlags & {'api-key'?: string}
    const servers = await taelServers(await this.openTools(), {server: namedServer(this.shared), apiKey, via, shard})
    if (via === 'query-tier') this.note(tierWarning)
    return {servers, fanOut: servers.length > 1}
  }

  /** The window that the flags say, checked here because the server takes any nonsense to mean "all time". */
  protected window(): Window {
    const {since, last, until} = this.shared as {since?: string; last?: string; until?: string}
    const window = parseWindow({since, last, until}, this.io.clock.nowMs())
    if (window.lastSeconds !== undefined) this.trace(`window: the last ${Math.ceil(window.lastSeconds)} s`)
    return window
  }

  /** What to ask the server for, so that cutting to an absolute window here cannot lose records. */
  protected reach(window: Window, limit: number): {lastSeconds?: number; limit: number} {
    const lastSeconds = window.sinceMs === undefined ? window.lastSeconds : (window.lastSeconds ?? 0) + skewSeconds
    return {lastSeconds, limit: window.untilMs === undefined ? limit : Math.max(limit, deepLimit)}
  }

  /** A report's window must end now: the server has no other. */
  protected reportSeconds(fallback?: number): number | undefined {
    return this.window().lastSeconds ?? fallback
  }

  /** The window of a report that compares it with a baseline. */
  protected comparedWindows({service, baseline}: {service?: string; baseline?: number}) {
    return {lastSeconds: this.reportSeconds(), service, baselineSeconds: baseline && baseline / 1_000}
  }

  /** Prints a list: the server's document with --format json, else our items; exit 2 when it is empty. */
  protected async answer<T>(
    answer: Answer<T[]>, shape: ListShape, view: View<T>, window?: Window, limit?: number,
  ): Promise<void> {
    const cut = window ? this.#cut(answer, shape, window, limit) : answer
    if (this.shared['format'] === 'json') await this.document(cut.document)
    else await this.print(view, cut.value)
    if (cut.count(shape.member) === 0) this.leaveIfEmpty([])
  }

  /** What to say of a window without spans, in which zero errors mean nothing. */
  protected noSpans(seconds: number, service: string | undefined): string {
    const where = `the last ${duration(seconds * 1_000)}`
    return `no spans${service ? ` of ${service}` : ''} in ${where}: nothing can be said about its errors and latencies`
  }

  /** Prints a report that holds more than a list. */
  protected async report<T>(answer: Answer<T>, print: (value: T) => Promise<void>): Promise<void> {
    if (this.shared['format'] === 'json') await this.document(answer.document)
    else await print(answer.value)
  }

  /** Cuts a list to the absolute ends of the window and to the limit. */
  #cut<T>(answer: Answer<T[]>, {member, time}: ListShape, window: Window, limit: number | undefined): Answer<T[]> {
    if (time === undefined || (window.sinceMs === undefined && window.untilMs === undefined)) return answer
    const list = answer.listed(member)
    if (window.untilMs !== undefined && list.length >= deepLimit) {
      this.note(`warning: the server gave its newest ${list.length} records only; there may be more before --until`)
    }
    const kept = list.filter(record => {
      const atNs = parseInstantNs(String((record as {[key: string]: Json})[time]))
      return atNs === undefined || isWithin(window, atNs)
    })
    return answer.withList(member, kept.slice(0, limit))
  }
}

/** The server that a flag names. */
export function namedServer(flags: Record<string, unknown>): string | undefined {
  const given = ['server', 'port-rest', 'unix-socket'].filter(name => flags[name] !== undefined)
  if (given.length > 1) throw new UsageError(`--${given[0]} and --${given[1]} both name the server: give one of them`)
  if (flags['port-rest'] !== undefined) return `http://127.0.0.1:${String(flags['port-rest'])}`
  if (flags['unix-socket'] !== undefined) return `unix://${String(flags['unix-socket'])}`
  return flags['server'] as string | undefined
}
