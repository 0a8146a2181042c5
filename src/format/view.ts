/** What a cell may hold; objects and undefined show as "-". Numbers are aligned to the right. */
export type Cell = string | number | bigint | boolean | null | undefined

/** A cell's meaning, for colour. Colour is never the only carrier: the text says the same. */
export type Tone = 'good' | 'warn' | 'bad' | 'dim' | 'key'

export interface Column<T> {
  name: string
  get: (item: T) => Cell
  /** Only in `wide`, `csv` and when named by --columns. */
  wide?: boolean
  align?: 'left' | 'right'
  tone?: (item: T) => Tone | undefined
  /**
   * What gives way in a terminal too narrow for the row: the lowest first (0 when absent). Below 2 a column
   * may be shortened; from 2 on it is shown whole or left out. The first column always stays whole.
   */
  priority?: number
  /** May be shortened to so many cells whatever its priority: for long text that matters more than its neighbours. */
  shortenTo?: number
  /** The value behind the shown text: what --sort-by compares and csv prints, e.g. 123.5 behind "123ms". */
  value?: (item: T) => Cell
  /** The unit of `value`, which becomes part of the csv header: `duration_ms`. */
  unit?: string
}

/** How a kind of thing is shown. Table, wide, csv, name, sorting and watching all come from it. */
export interface View<T> {
  kind: string
  columns: Column<T>[]
  /** The one word that `-o name` prints and that other commands take. */
  name: (item: T) => string
  /** The item as `json`, `jsonl` and `yaml` print it; by default the item itself. */
  data?: (item: T) => unknown
  /** A text of its own instead of key and value lines when a single item is shown as a table. */
  text?: (item: T, page: Page) => string
  /** What an empty list says to a person, on stderr. */
  empty?: string
}

/** What a text renderer may know about where it is shown. */
export interface Page {
  /** Columns of the terminal; Infinity in a pipe, where nothing is cut. */
  width: number
  unicode: boolean
  /** Milliseconds since the epoch. */
  nowMs: number
  paint: (tone: Tone, text: string) => string
  /** Collects the names of columns that did not fit. */
  hidden?: string[]
}

type ColumnInput<T> = ((item: T) => Cell) | Omit<Column<T>, 'name'>

/** Builds a view from `{column: getter}`; order is the order of the columns. */
export function view<T>(
  kind: string,
  name: (item: T) => string,
  columns: Record<string, ColumnInput<T>>,
  extra: Partial<Pick<View<T>, 'data' | 'text' | 'empty'>> = {},
): View<T> {
  const list = Object.entries(columns).map(([column, input]): Column<T> =>
    typeof input === 'function' ? {name: column, get: input} : {name: column, ...input})
  return {kind, name, columns: list, ...extra}
}

/** A column that is shown only in `wide`. */
export function wide<T>(get: (item: T) => Cell): Omit<Column<T>, 'name'> {
  return {get, wide: true}
}
