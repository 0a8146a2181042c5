import type {View} from '../format/view.ts'
import type {Line} from './line.ts'
import type {SourceName} from './model.ts'
import type {OwnRows} from './own-rows.ts'
import type {ActionRequest} from './sources.ts'

/** What `enter` leads to. */
export type Opening =
  | {kind: 'trace'; traceId: string} | {kind: 'describe'}
  /** A list of its own, of another resource. */
  | {kind: 'rows'; resource: string; own: OwnRows}

export interface ResourceAction<T> {
  key: string
  does: string
  request(item: T): ActionRequest
}

/** One kind of thing with a screen of its own, as data. */
export interface Resource<T = unknown> {
  name: string
  aliases: readonly string[]
  /** Undefined for what the dashboard itself keeps, and for what a screen reads for itself. */
  source?: SourceName
  view(nowMs: number): View<T>
  /** What the cursor stays on, whatever is sorted or arrives. */
  key(item: T): string
  /** Whether it is shown when only faults are wanted. */
  fault(item: T): boolean
  open(item: T): Opening
  actions: readonly ResourceAction<T>[]
  /** Rows that its screen reads for itself; `words` is what stands after its name in the command line. */
  own?(words: string): OwnRows
  /** What another source says of it, in lines above the rows. */
  beside?: {source: SourceName; lines(reading: never, width: number, unicode: boolean): Line[]}
  /** What its rows are, for the title. */
  about?(reading: never): string
  /** A description of its own, instead of every column. */
  describe?(item: T): string[]
  /** The command line that shows the same. */
  command(item?: T): string
}

type Given<T> = Omit<Resource<T>, 'name' | 'aliases' | 'open' | 'actions'> & Partial<Resource<T>>

const describe = (): Opening => ({kind: 'describe'})

export function resource<T>(name: string, aliases: readonly string[], rest: Given<T>): Resource {
  return {name, aliases, open: describe, actions: [], ...rest} as unknown as Resource
}

/** A word as a shell takes it. */
export const shellWord = (text: string): string =>
  (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`)
