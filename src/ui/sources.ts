import type {Waterfall} from '../format/views/waterfall.ts'
import type {KvPage, Listed, Log, Readings, SourceName, TaskEvent} from './model.ts'

/** Something that can be read again and again, each reading whole. */
export interface Source<N extends SourceName = SourceName> {
  readonly name: N
  /** Time between the end of a reading and the next one. */
  readonly intervalMs: number
  /** Read only while a screen shows it. */
  readonly onDemand?: boolean
  /** Rejects with an Error whose message a person understands. */
  read(signal: AbortSignal): Promise<Readings[N]>
}

export type AnySource = {[N in SourceName]: Source<N>}[SourceName]

/** What the header says. */
export interface Facts {
  context: string | undefined
  danger: boolean
  readonly: boolean
  version: string
}

/** A write that the operator may say yes to; made through the same plan as the command's. */
export interface Planned {
  /** `release nightly_optimize`. */
  what: string
  /** What must be typed in a context marked as dangerous. */
  target: string
  /** Request and difference, as `--dry-run` shows them. */
  preview: string
  warnings: readonly string[]
  /** The target must be typed and a reason given. */
  typed: boolean
  /** Resolves with what became of it, in words; rejects when it was refused or failed. */
  apply(said: {confirm: string; reason: string}): Promise<string>
}

export type ActionRequest =
  | {kind: 'task release'; task: string; holder: string; claimedAt: string}
  | {kind: 'task fail'; task: string; holder: string; claimedAt: string}
  | {kind: 'lease abandon'; key: string; revision: bigint}
  | {kind: 'directive revoke'; id: string}
  | {kind: 'directive publish'; tenant: string; level: string}

/** All that the dashboard knows of the world. */
export interface Sources {
  readonly facts: Facts
  readonly list: readonly AnySource[]
  /** `missing`: shards that did not answer, and may hold more of it. */
  trace(traceId: string, signal: AbortSignal): Promise<Waterfall & {missing?: readonly string[]}>
  /** The newest logs of a trace, whenever they were written. */
  traceLogs(traceId: string, signal: AbortSignal): Promise<Listed<Log>>
  taskHistory(task: string, signal: AbortSignal): Promise<readonly TaskEvent[]>
  /** Keys of the Raft cluster; the prefix as their view shows keys: text, or bytes as 0x and hex. */
  kv(prefix: string, signal: AbortSignal): Promise<KvPage>
  plan(request: ActionRequest, signal: AbortSignal): Promise<Planned>
  /** Writes a text into the state folder; resolves with the path. */
  save(name: string, text: string): Promise<string>
  /** Names of the contexts that there are. */
  contexts(): Promise<readonly string[]>
  /** The same of another context; rejects when it is not there or names no system. */
  switchTo(context: string): Promise<Sources>
  /** Twice is no error. */
  close(): Promise<void>
}
