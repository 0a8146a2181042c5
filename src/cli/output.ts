import {UsageError} from '../clients/net/errors.ts'
import {csv} from '../format/csv.ts'
import {escapeControl} from '../format/escape.ts'
import {toJson} from '../format/json.ts'
import {sortItems} from '../format/sort.ts'
import {card, table} from '../format/table.ts'
import type {Page, View} from '../format/view.ts'

export const outputFormats = ['table', 'wide', 'json', 'jsonl', 'yaml', 'csv', 'name'] as const
export type OutputFormat = (typeof outputFormats)[number]

export interface OutputOptions {
  format: OutputFormat
  headers: boolean
  columns?: string[]
  sortBy?: string
}

/**
 * A list in the chosen format. `json` is `{"items": […], …extra}`, `jsonl` one item a line (`extra` is then
 * the caller's to put on stderr). Every format comes from the view.
 */
export async function formatList<T>(
  view: View<T>,
  items: readonly T[],
  options: OutputOptions,
  page: Page,
  extra: Record<string, unknown> = {},
): Promise<string> {
  checkColumns(view, options)
  const sorted = options.sortBy ? sortItems(view, items, options.sortBy) : items
  const data = () => sorted.map(item => (view.data ? view.data(item) : item))
  switch (options.format) {
    case 'json': return `${toJson({items: data(), ...extra}, 2)}\n`
    case 'jsonl': return jsonLines(data())
    case 'yaml': return yaml({items: data(), ...extra})
    case 'csv': return csv(view, sorted, options)
    case 'name': return [...new Set(sorted.map(view.name))].map(name => `${escapeControl(name)}\n`).join('')
    default: return table(
      view, sorted, {wide: options.format === 'wide', headers: options.headers, columns: options.columns}, page,
    )
  }
}

/** A single thing: the object itself in `json`, `jsonl` and `yaml`; its own text or key and value lines for people. */
export async function formatItem<T>(view: View<T>, item: T, options: OutputOptions, page: Page): Promise<string> {
  checkColumns(view, options)
  const data = () => (view.data ? view.data(item) : item)
  switch (options.format) {
    case 'json': return `${toJson(data(), 2)}\n`
    case 'jsonl': return `${toJson(data())}\n`
    case 'yaml': return yaml(data())
    case 'csv': return csv(view, [item], options)
    case 'name': return `${escapeControl(view.name(item))}\n`
    default:
      if (options.columns) {
        return table(view, [item], {wide: false, headers: options.headers, columns: options.columns}, page)
      }
      return view.text ? view.text(item, page) : card(view, item, page)
  }
}

function jsonLines(items: unknown[]): string {
  return items.map(item => `${toJson(item)}\n`).join('')
}

async function yaml(value: unknown): Promise<string> {
  const {toYaml} = await import('../format/yaml.ts')
  return toYaml(value)
}

function checkColumns<T>(view: View<T>, options: OutputOptions): void {
  const known = view.columns.map(column => column.name)
  const sortColumn = options.sortBy?.replace(/^-/, '')
  for (const name of [...(options.columns ?? []), ...(sortColumn === undefined ? [] : [sortColumn])]) {
    if (!known.includes(name)) {
      throw new UsageError(`no column "${name}"`, {code: 'UNKNOWN_COLUMN', hint: `Columns: ${known.join(', ')}`})
    }
  }
  if (options.columns && ['json', 'jsonl', 'yaml', 'name'].includes(options.format)) {
    throw new UsageError(`--columns does not apply to -o ${options.format}`, {hint: 'Use it with table, wide or csv.'})
  }
}

/** Formats that programs read: no pager, no hints in between, errors as JSON. */
export function isMachine(format: OutputFormat): boolean {
  return ['json', 'jsonl', 'yaml', 'csv', 'name'].includes(format)
}
