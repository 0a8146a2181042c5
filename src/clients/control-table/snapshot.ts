import type {Actions, AddFile, AppTransaction, CommitInfo, Metadata, Protocol, RemoveFile} from './actions.ts'
import {mayHold, onlyTask} from './stats.ts'

/** The table at one version, as the log gives it. */
export interface Snapshot {
  version: number
  protocol: Protocol | undefined
  metadata: Metadata | undefined
  /** Live files by path. */
  files: Map<string, AddFile>
  /** Removed files, for checkpoints; readers need none of them. */
  removed: Map<string, RemoveFile>
  transactions: Map<string, AppTransaction>
  /** Tasks that a DELETE took away and no append has brought back, with the version of the DELETE. */
  gaps: Map<string, number>
  /** Of the newest commit, undefined when the table was loaded from a checkpoint alone. */
  info: CommitInfo | undefined
}

export function emptySnapshot(): Snapshot {
  return {
    version: -1, protocol: undefined, metadata: undefined, info: undefined,
    files: new Map(), removed: new Map(), transactions: new Map(), gaps: new Map(),
  }
}

/** Applies commit `version` to the snapshot of the version before it, in place. */
export function applyCommit(snapshot: Snapshot, version: number, actions: Actions): void {
  applyFiles(snapshot, actions)
  closeGaps(snapshot, actions.adds)
  const deleted = deletedTask(actions.info)
  if (deleted !== undefined) snapshot.gaps.set(deleted, version)
  snapshot.version = version
  snapshot.info = actions.info
}

/** The same for the rows of a checkpoint, which name no operation. */
export function applyCheckpoint(snapshot: Snapshot, version: number, actions: Actions): void {
  applyFiles(snapshot, actions)
  snapshot.version = version
  snapshot.info = undefined
}

/**
 * A checkpoint may be taken between the two commits of an update: the commit of its own version says so.
 * Call after `applyCheckpoint` with that commit.
 */
export function noteGapOfCheckpoint(snapshot: Snapshot, own: Actions): void {
  const deleted = deletedTask(own.info)
  if (deleted !== undefined) snapshot.gaps.set(deleted, snapshot.version)
  snapshot.info = own.info
}

function applyFiles(snapshot: Snapshot, actions: Actions): void {
  snapshot.protocol = actions.protocol ?? snapshot.protocol
  // Two engines that start at once may both create the table: the later metaData counts.
  snapshot.metadata = actions.metadata ?? snapshot.metadata
  for (const file of actions.removes) {
    snapshot.files.delete(file.path)
    snapshot.removed.set(file.path, file)
  }
  for (const file of actions.adds) {
    snapshot.files.set(file.path, file)
    snapshot.removed.delete(file.path)
  }
  for (const transaction of actions.transactions) snapshot.transactions.set(transaction.appId, transaction)
}

/** An append of the task ends its gap. A file of several tasks proves nothing: then the rows decide, see `openGaps`. */
function closeGaps(snapshot: Snapshot, adds: AddFile[]): void {
  for (const file of adds) {
    const task = onlyTask(file.stats)
    if (task !== undefined) snapshot.gaps.delete(task)
  }
}

const predicate = /task_name\s*=\s*'([^']*)'/

/** The task that a DELETE of the engine names; undefined for every other operation. */
export function deletedTask(info: CommitInfo | undefined): string | undefined {
  if (info?.operation !== 'DELETE') return undefined
  return predicate.exec(String(info.parameters['predicate'] ?? ''))?.[1]
}

/** The gaps that are real: the task has no row now. `hasRow` is asked only for tasks that a live file may hold. */
export function openGaps(snapshot: Snapshot, hasRow: (task: string) => boolean): Map<string, number> {
  return new Map([...snapshot.gaps].filter(([task]) => !hasRow(task)))
}

/** Live files that may hold a row of the task. */
export function filesOf(snapshot: Snapshot, task: string): AddFile[] {
  return [...snapshot.files.values()].filter(file => mayHold(file.stats, task))
}
