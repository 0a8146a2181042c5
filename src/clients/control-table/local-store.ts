import {randomUUID} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {link, open, readdir, readFile, rename, stat, unlink, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {NotFoundError, OpsError, SystemError, UnauthorizedError} from '../net/errors.ts'
import {equalBytes, logFolder, type Created, type NamedBytes, type TableStore} from './store.ts'

/** A table in a local folder. Commits appear by hard link, whole or not at all, after their bytes are on disk. */
export function localStore(root: string): TableStore {
  const at = (path: string) => join(root, path)
  const guard = <T>(what: string, work: Promise<T>) => work.catch((error: unknown) => {
    throw folderError(error, what, root)
  })
  return {
    shown: root,
    listLog: () => guard('list', readdir(at(logFolder)).then(names => names.sort(), noTable(root))),
    read: path => guard('read', readOrNothing(at(path))),
    readMany: paths => guard('read', readAll(paths.map(at))),
    checkWritable: async () => undefined,
    commit: (log, data) => guard('write', commit(root, log, data)),
    replace: (path, bytes) => guard('write', replaceFile(at(path), bytes)),
    discard: path => unlink(at(path)).catch(() => undefined),
    ageMs: path => guard('read', ageByStore(at(path))),
    close: () => undefined,
  }
}

function noTable(root: string) {
  return (error: NodeJS.ErrnoException): never => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
    throw new NotFoundError(`there is no control table in ${root}`, {
      code: 'NO_TABLE', endpoint: root, cause: error,
      hint: 'scouter creates it when it starts. tasks.uri is the storage folder that holds _scouter_control.',
    })
  }
}

async function readOrNothing(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const batch = 256

/** Synchronous reads are several times faster for many small files; the loop is left between batches. */
async function readAll(files: string[]): Promise<(Uint8Array | undefined)[]> {
  if (files.length <= 4) return Promise.all(files.map(readOrNothing))
  const found: (Uint8Array | undefined)[] = []
  for (let at = 0; at < files.length; at += batch) {
    for (const file of files.slice(at, at + batch)) found.push(readNow(file))
    await new Promise(resolve => setImmediate(resolve))
  }
  return found
}

function readNow(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o644)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } catch (error) {
    await unlink(file).catch(() => undefined)
    throw error
  } finally {
    await handle.close()
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The name beside the commit is not one that readers of a Delta log look at. */
async function commit(root: string, log: NamedBytes, data: readonly NamedBytes[]): Promise<Created> {
  const file = join(root, log.path)
  const temporary = `${file}.${randomUUID()}.tmp`
  // At once, so that the disk flushes once for all of them.
  const writes = [
    ...data.map(each => writeDurably(join(root, each.path), each.bytes)), writeDurably(temporary, log.bytes),
  ]
  const failed = (await Promise.allSettled(writes)).find(each => each.status === 'rejected')
  try {
    if (failed) throw failed.reason
    if (data.length > 0) await syncFolder(root)
    return await linkInto(temporary, file, log.bytes)
  } finally {
    await unlink(temporary).catch(() => undefined)
  }
}

async function linkInto(temporary: string, file: string, bytes: Uint8Array): Promise<Created> {
  try {
    await link(temporary, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return 'taken'
    // A network file system may have done it and lost the answer.
    const there = await readOrNothing(file).catch(() => 'unreadable' as const)
    if (there === 'unreadable') return {unknown: folderError(error, 'write', dirname(file))}
    if (!there || !equalBytes(there, bytes)) throw error
  }
  // It is committed for every reader now; a failing sync only means that a power cut could still undo it.
  await syncFolder(dirname(file)).catch(() => undefined)
  return 'created'
}

async function replaceFile(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`
  await writeDurably(temporary, bytes)
  try {
    await rename(temporary, file)
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  }
}

/** A fresh file beside it shows what time it is for the file system. */
async function ageByStore(file: string): Promise<number | undefined> {
  const probe = `${file}.${randomUUID()}.tmp`
  try {
    await writeFile(probe, '', {flag: 'wx'})
    const [fresh, old] = await Promise.all([stat(probe), stat(file)])
    return fresh.mtimeMs - old.mtimeMs
  } catch {
    return undefined
  } finally {
    await unlink(probe).catch(() => undefined)
  }
}

const words: Record<string, [code: string, text: string, hint: string]> = {
  ENOSPC: ['DISK_FULL', 'the disk is full', 'Nothing was changed. Free some space and try again.'],
  EDQUOT: ['DISK_FULL', 'the quota is used up', 'Nothing was changed.'],
  EROFS: ['READ_ONLY_STORE', 'the file system is read-only', 'Nothing was changed.'],
  ENOENT: ['FOLDER_GONE', 'the folder of the table is gone', 'Nothing was changed. Is the storage still mounted?'],
  ENOTSUP: [
    'NO_HARD_LINKS', 'the file system has no hard links', 'Commits cannot be made safely there. Nothing was changed.',
  ],
  EMFILE: ['TOO_MANY_FILES', 'too many open files', 'Nothing was changed.'],
}

function folderError(error: unknown, what: string, root: string): OpsError {
  if (error instanceof OpsError) return error
  const {code = '', syscall, message} = error as NodeJS.ErrnoException
  const key = syscall === 'link' && ['EPERM', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV'].includes(code) ? 'ENOTSUP' : code
  if (key === 'EACCES' || key === 'EPERM') {
    return new UnauthorizedError(`no permission to ${what} in ${root}`, {
      code: 'FORBIDDEN', endpoint: root, cause: error,
      hint: 'Nothing was changed. Check the owner and mode of the folder.',
    })
  }
  const known = words[key]
  return new SystemError(`cannot ${what} in ${root}: ${known?.[1] ?? message}`, {
    code: known?.[0] ?? 'STORE', hint: known?.[2], endpoint: root, cause: error,
  })
}
