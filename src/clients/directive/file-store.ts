import {link, open, readdir, readFile, rm} from 'node:fs/promises'
import {join} from 'node:path'
import type {Outcome} from '../net/change.ts'
import type {Clock} from '../net/deadline.ts'
import {IntegrityError, SystemError} from '../net/errors.ts'
import type {Snapshot} from './listing.ts'
import {pollStore} from './poll.ts'
import {decodeRecord, encodeRecord} from './record.ts'
import {changedMeanwhile, snapshotOf, type DirectiveStore, type SetWrite, type Written} from './store.ts'
import {makeFolder} from '../net/make-folder.ts'

/** How many old revisions stay; a writer that was asleep for more than these would not notice it. */
const keptRevisions = 100

interface Stored {
  value: string
  record: string
}

/**
 * A folder with one file a revision. A revision is written beside and then linked to its name: the link
 * fails when the name is there, which makes it a real compare-and-swap between processes.
 */
export function createFileStore(folder: string, clock: Clock): DirectiveStore {
  const load = async (): Promise<Snapshot> => {
    const revision = await latest(folder)
    const head = {store: 'file' as const, version: String(revision), readAtMs: clock.nowMs()}
    if (revision === 0) return {...head, ...snapshotOf(undefined), recordState: 'absent'}
    const {value, record: text} = await readRevision(join(folder, fileName(revision)))
    const record = decodeRecord(text)
    return {...head, ...snapshotOf(value), record, recordState: record ? 'matches' : 'absent'}
  }
  return {
    kind: 'file',
    place: folder,
    warnings: [],
    load: () => load().catch(asStoreError(folder)),
    describe: ({seen, value}) => `create ${join(folder, fileName(Number(seen.version) + 1))}\n${value}`,
    write: write => writeRevision(folder, write).catch(asStoreError(folder)),
    watch: (since, signal) => pollStore(() => load().catch(asStoreError(folder)), since, {everyMs: 500, clock, signal}),
    async close() {},
  }
}

/** A folder that cannot be read or written is an error of the store, not of ours. */
function asStoreError(folder: string): (error: unknown) => never {
  return error => {
    const {code, syscall} = error as NodeJS.ErrnoException
    if (syscall === undefined) throw error
    throw new SystemError(`${folder}: ${code} on ${syscall}`, {code: 'STORE_IO', endpoint: folder, cause: error})
  }
}

async function writeRevision(folder: string, {seen, value, record}: SetWrite): Promise<Outcome<Written>> {
  await makeFolder(folder)
  const before = await latest(folder)
  if (String(before) !== seen.version) return {state: 'not-done', error: changedMeanwhile(seen, String(before))}
  const revision = before + 1
  const beside = join(folder, `.${record.nonce}.tmp`)
  try {
    await writeDurably(beside, JSON.stringify({value, record: encodeRecord(record)} satisfies Stored))
    await link(beside, join(folder, fileName(revision)))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return {state: 'not-done', error: changedMeanwhile(seen, String(await latest(folder)))}
  } finally {
    await rm(beside, {force: true})
  }
  await rm(join(folder, fileName(revision - keptRevisions)), {force: true})
  return {state: 'done', result: {version: String(revision)}}
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The highest revision, 0 for none. */
async function latest(folder: string): Promise<number> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names.reduce((highest, name) => Math.max(highest, Number(/^(\d{10})\.json$/.exec(name)?.[1] ?? 0)), 0)
}

async function readRevision(path: string): Promise<Stored> {
  const stored: unknown = JSON.parse(await readFile(path, 'utf8'))
  const {value, record} = stored as Partial<Stored>
  if (typeof value === 'string' && typeof record === 'string') return {value, record}
  throw new IntegrityError('this is not a revision of a directive store', {endpoint: path})
}

function fileName(revision: number): string {
  return `${String(revision).padStart(10, '0')}.json`
}
