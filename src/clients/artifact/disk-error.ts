import {SystemError} from '../net/errors.ts'

const words: Record<string, [code: string, text: string]> = {
  ENOSPC: ['DISK_FULL', 'the disk is full'],
  EDQUOT: ['DISK_FULL', 'the quota is used up'],
  EROFS: ['READ_ONLY_DISK', 'the file system is read-only'],
  EACCES: ['FORBIDDEN', 'permission denied'],
  EPERM: ['FORBIDDEN', 'permission denied'],
  ENOENT: ['NO_FOLDER', 'the folder is not there and cannot be made'],
  ENOTDIR: ['NO_FOLDER', 'a part of the path is a file'],
  ENAMETOOLONG: ['NAME_TOO_LONG', 'a name is too long for the file system'],
  EIO: ['DISK_BROKEN', 'the disk gives an input/output error'],
}

/** Does work that writes beside `target`; what a disk refuses is a SystemError that says so and what helps. */
export async function onDisk<T>(target: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const known = words[(error as NodeJS.ErrnoException).code ?? '']
    if (!known || !(error as NodeJS.ErrnoException).syscall) throw error
    throw new SystemError(`cannot write ${target}: ${known[1]}`, {
      code: known[0], cause: error, hint: 'Nothing stands there half. The same command goes on with what was fetched.',
    })
  }
}
