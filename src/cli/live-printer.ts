import {UsageError} from '../clients/net/errors.ts'
import type {LiveItem} from '../clients/tael/live.ts'
import {toJson} from '../format/json.ts'
import type {Page} from '../format/view.ts'
import {fillTemplate, highlight, liveLine, liveText} from '../format/views/live.ts'

type Shown = Record<string, unknown>

export interface LivePrinterOptions {
  /** The `event` of a record in jsonl. */
  kind: string
  jsonl: boolean
  follow: boolean
  page: Page
  write: (text: string) => Promise<void>
  note: (text: string) => void
  include?: string
  exclude?: string
  highlight?: string
  template?: string
  /** A record as a line, when it is neither a span nor a log. */
  line?: (record: Shown, page: Page) => string
}

/** Prints what live feeds give: records on stdout, what happened to the feeds on stderr, or all of it as jsonl. */
export class LivePrinter {
  readonly #options: LivePrinterOptions
  readonly #include: RegExp | undefined
  readonly #exclude: RegExp | undefined
  readonly #marked: RegExp | undefined
  /** Records printed. */
  records = 0

  constructor(options: LivePrinterOptions) {
    this.#options = options
    this.#include = pattern(options.include)
    this.#exclude = pattern(options.exclude)
    this.#marked = pattern(options.highlight, 'g')
  }

  async print<T extends object>(item: LiveItem<T>): Promise<void> {
    if (item.kind !== 'record') return this.#told(item)
    const record = item.record as Shown
    if (!this.#passes(record)) return
    this.records += 1
    const {jsonl, kind, write} = this.#options
    await write(jsonl ? `${toJson({event: kind, shard: item.shard, item: record})}\n` : this.#line(record))
  }

  #passes(record: Shown): boolean {
    if (!this.#include && !this.#exclude) return true
    const text = liveText(record)
    return (this.#include?.test(text) ?? true) && !this.#exclude?.test(text)
  }

  #line(record: Shown): string {
    const {template, page, line} = this.#options
    if (line) return line(record, page)
    if (template !== undefined) return `${fillTemplate(template, record)}\n`
    return `${highlight(liveLine(record, page), this.#marked, page)}\n`
  }

  async #told(item: Exclude<LiveItem<object>, {kind: 'record'}>): Promise<void> {
    const {kind, shard, ...facts} = item
    if (this.#options.jsonl) return this.#options.write(`${toJson({event: kind, shard, ...rfcTimes(facts)})}\n`)
    this.#options.note(`shard ${shard}: ${toldText(item, this.#options.follow)}`)
  }
}

/** What happened to a feed, in words. */
function toldText(item: Exclude<LiveItem<object>, {kind: 'record'}>, follow: boolean): string {
  if (item.kind === 'dropped') return `${item.records} records came faster than they were read, and are not shown`
  if (item.kind === 'state') {
    const isTried = follow && (item.state === 'lost' || item.state === 'closing')
    return isTried ? `${item.reason}; trying again` : item.reason
  }
  const [since, until] = [item.sinceMs, item.untilMs].map(ms => new Date(ms).toISOString())
  return `gap from ${since} to ${until}; found again by query: ${item.refilled ?? 'nothing could be asked'}`
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
