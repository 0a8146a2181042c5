import {NotFoundError, UsageError} from '../net/errors.ts'
import {broken, parseCommit, type Actions, type AddFile} from './actions.ts'
import {newestCheckpoint, readCheckpoint, type CheckpointFiles} from './checkpoint-read.ts'
import type {TaskRow} from './model.ts'
import {readRowFile} from './row-file.ts'
import {
  applyCheckpoint, applyCommit, emptySnapshot, filesOf, noteGapOfCheckpoint, openGaps, type Snapshot,
} from './snapshot.ts'
import {onlyTask} from './stats.ts'
import {commitName, commitPath, logFolder, type TableStore} from './store.ts'
import {mustRead} from './support.ts'

const commitFile = /^(\d{20})\.json$/

/** A version, or the newest one that was committed at or before a time. */
export type At = {version: number} | {timeMs: number}

/** Reads one table: whole when first asked, then only what was committed since. */
export class Table {
  readonly store: TableStore
  #snapshot: Snapshot | undefined
  /** The commit that made the snapshot, to know it again. */
  #newest: {version: number; bytes: Uint8Array} | undefined
  /** A data file's name is never used again with other bytes, so its rows are kept. */
  #rows = new Map<string, TaskRow[]>()

  constructor(store: TableStore) {
    this.store = store
  }

  /** The newest version. */
  async current(signal?: AbortSignal): Promise<Snapshot> {
    if (this.#snapshot) {
      for (;;) {
        const version = this.#snapshot.version + 1
        const bytes = await this.store.read(commitPath(version), signal)
        if (!bytes) break
        this.accept(version, bytes)
      }
    } else {
      this.#snapshot = await this.#load(Number.MAX_SAFE_INTEGER, undefined, signal)
    }
    mustRead(this.#snapshot, this.store.shown)
    return this.#snapshot
  }

  /**
   * The newest version, for those who look again and again: a table that was removed, or made anew under its name, is
   * not taken for one in which nothing happens.
   */
  async lookAgain(signal?: AbortSignal): Promise<Snapshot> {
    const before = this.#snapshot?.version
    const snapshot = await this.current(signal)
    if (snapshot.version !== before) return snapshot
    const bytes = await this.store.read(commitPath(before), signal)
    if (bytes && this.#isKnown(before, bytes)) return snapshot
    this.#snapshot = undefined
    return this.current(signal)
  }

  #isKnown(version: number, bytes: Uint8Array): boolean {
    const known = this.#newest?.version === version ? this.#newest.bytes : bytes
    this.#newest = {version, bytes: known}
    return Buffer.compare(known, bytes) === 0
  }

  /** Takes over a commit whose bytes are known: the next one, read or written by us. */
  accept(version: number, bytes: Uint8Array): Snapshot {
    const snapshot = this.#snapshot!
    applyCommit(snapshot, version, decode(bytes, version))
    this.#newest = {version, bytes}
    this.#forgetDeadRows(snapshot)
    return snapshot
  }

  /** The table as it was. */
  async at(point: At, signal?: AbortSignal): Promise<Snapshot> {
    const snapshot = 'version' in point
      ? await this.#load(point.version, undefined, signal)
      : await this.#load(Number.MAX_SAFE_INTEGER, point.timeMs, signal)
    if ('version' in point && snapshot.version !== point.version) {
      throw noVersion(point.version, snapshot.version, this.store.shown)
    }
    mustRead(snapshot, this.store.shown)
    return snapshot
  }

  /** Rows of the files, in the order of the files; read once each. */
  async rowsOf(files: readonly AddFile[], signal?: AbortSignal): Promise<TaskRow[]> {
    const missing = files.filter(file => !this.#rows.has(file.path))
    const bodies = await this.store.readMany(missing.map(file => dataPath(file.path)), signal)
    for (const [at, bytes] of bodies.entries()) {
      const file = missing[at]!
      if (!bytes) throw broken(file.path, 'the log names it, but it is missing')
      this.#rows.set(file.path, await readRowFile(bytes, file.path))
    }
    return files.flatMap(file => this.#rows.get(file.path)!)
  }

  async taskRows(snapshot: Snapshot, task: string, signal?: AbortSignal): Promise<TaskRow[]> {
    return (await this.rowsOf(filesOf(snapshot, task), signal)).filter(row => row.task === task)
  }

  /** Updates in flight: tasks whose old row is gone and whose new one is not there yet. */
  async gaps(snapshot: Snapshot, signal?: AbortSignal): Promise<Map<string, number>> {
    const shared = [...snapshot.gaps.keys()].flatMap(task => filesOf(snapshot, task))
    const tasks = new Set((await this.rowsOf([...new Set(shared)], signal)).map(row => row.task))
    return openGaps(snapshot, task => tasks.has(task))
  }

  /** Every commit from the oldest that is still there; `start` is the table before the first of them. */
  async log(signal?: AbortSignal): Promise<{start: Snapshot; commits: {version: number; actions: Actions}[]}> {
    const names = await this.store.listLog('', signal)
    const versions = commitVersions(names)
    const first = versions[0]
    if (first === undefined) return {start: await this.current(signal), commits: []}
    const checkpoint = first === 0 ? undefined : newestCheckpoint(names, Number.MAX_SAFE_INTEGER)
    const oldest = first === 0 ? undefined : oldestCheckpoint(names, first) ?? checkpoint
    const start = oldest ? await this.#fromCheckpoint(oldest, signal) : emptySnapshot()
    const wanted = versions.filter(version => version > start.version)
    const bodies = await this.store.readMany(wanted.map(commitPath), signal)
    return {
      start,
      commits: wanted.map((version, at) => ({version, actions: decode(bodies[at] ?? new Uint8Array(), version)})),
    }
  }

  async #load(maxVersion: number, maxTimeMs: number | undefined, signal?: AbortSignal): Promise<Snapshot> {
    const wantsNewest = maxVersion === Number.MAX_SAFE_INTEGER && maxTimeMs === undefined
    const names = await this.store.listLog(wantsNewest ? await this.#hint(signal) : '', signal)
    const versions = commitVersions(names)
    const checkpoint = maxTimeMs === undefined ? newestCheckpoint(names, maxVersion) : undefined
    const snapshot = checkpoint
      ? await this.#fromCheckpoint(checkpoint, signal)
      : await this.#oldestStart(names, versions, signal)
    const wanted = versions.filter(version => version > snapshot.version && version <= maxVersion)
    const bodies = await this.store.readMany(wanted.map(commitPath), signal)
    for (const [at, bytes] of bodies.entries()) {
      const version = wanted[at]!
      if (version !== snapshot.version + 1 || !bytes) throw broken(commitName(snapshot.version + 1), 'it is missing')
      const actions = decode(bytes, version)
      if (maxTimeMs !== undefined && (actions.info?.timestampMs ?? 0) > maxTimeMs) break
      applyCommit(snapshot, version, actions)
      this.#newest = {version, bytes}
    }
    if (snapshot.version < 0) throw noTable(this.store.shown, maxTimeMs !== undefined && versions.length > 0)
    return snapshot
  }

  /** A time is looked up commit by commit, from the oldest state that is still known. */
  async #oldestStart(names: string[], versions: number[], signal?: AbortSignal): Promise<Snapshot> {
    const first = versions[0]
    if (first === undefined || first === 0) return emptySnapshot()
    const oldest = oldestCheckpoint(names, first)
    if (!oldest) throw broken(commitName(first - 1), 'it is missing, and no checkpoint stands in for it')
    return this.#fromCheckpoint(oldest, signal)
  }

  async #fromCheckpoint(files: CheckpointFiles, signal?: AbortSignal): Promise<Snapshot> {
    const snapshot = emptySnapshot()
    applyCheckpoint(snapshot, files.version, await readCheckpoint(this.store, files, signal))
    const own = await this.store.read(commitPath(files.version), signal)
    if (own) noteGapOfCheckpoint(snapshot, decode(own, files.version))
    return snapshot
  }

  /** The name from which to list. It is only a hint: older names than it are never needed for the newest version. */
  async #hint(signal?: AbortSignal): Promise<string> {
    const bytes = await this.store.read(`${logFolder}/_last_checkpoint`, signal)
    try {
      const version: unknown = (JSON.parse(new TextDecoder().decode(bytes)) as {version?: unknown}).version
      return typeof version === 'number' ? commitName(version).slice(0, 20) : ''
    } catch {
      return ''
    }
  }

  #forgetDeadRows(snapshot: Snapshot): void {
    for (const path of this.#rows.keys()) if (!snapshot.files.has(path)) this.#rows.delete(path)
  }
}

function decode(bytes: Uint8Array, version: number): Actions {
  return parseCommit(new TextDecoder().decode(bytes), version, commitName(version))
}

function commitVersions(names: readonly string[]): number[] {
  return names.flatMap(name => {
    const match = commitFile.exec(name)
    return match ? [Number(match[1])] : []
  }).sort((a, b) => a - b)
}

/** The oldest checkpoint from which the commits go on without a hole. */
function oldestCheckpoint(names: readonly string[], firstCommit: number): CheckpointFiles | undefined {
  const last = Math.max(...commitVersions(names))
  for (let version = firstCommit - 1; version <= last; version += 1) {
    const found = newestCheckpoint(names, version)
    if (found && found.version >= firstCommit - 1) return found
  }
  return undefined
}

/** Data files lie beside the log; other places belong to table forms that are not a control table. */
function dataPath(path: string): string {
  const decoded = decodeURIComponent(path)
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(decoded) || decoded.startsWith('/') || decoded.split('/').includes('..')) {
    throw broken(path, 'a data file lies outside of the table')
  }
  return decoded
}

function noTable(shown: string, isTooEarly: boolean): NotFoundError {
  return new NotFoundError(isTooEarly
    ? `${shown} had no version yet at that time`
    : `there is no control table in ${shown}`, {
    code: isTooEarly ? 'TOO_EARLY' : 'NO_TABLE', endpoint: shown,
    hint: isTooEarly
      ? undefined
      : 'scouter creates it when it starts. tasks.uri is the storage folder that holds _scouter_control.',
  })
}

function noVersion(version: number, newest: number, shown: string): UsageError {
  return new UsageError(`the table has no version ${version}`, {
    code: 'NO_VERSION', endpoint: shown, hint: `The newest that can be read up to there is ${newest}.`,
  })
}

/** The commits that wrote the tasks' rows, where they are known: one file, of this task alone. */
export function versionsOf({files}: Snapshot): Map<string, number | undefined> {
  const versions = new Map<string, number | undefined>()
  for (const file of files.values()) {
    const task = ownerOf(file)
    if (task !== undefined) versions.set(task, versions.has(task) ? undefined : file.version)
  }
  return versions
}

const owners = new WeakMap<AddFile, {task: string | undefined}>()

/** The one task of a file; its statistics are parsed once. */
function ownerOf(file: AddFile): string | undefined {
  const known = owners.get(file) ?? {task: onlyTask(file.stats)}
  owners.set(file, known)
  return known.task
}
