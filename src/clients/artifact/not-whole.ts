import {IntegrityError} from '../net/errors.ts'

/** An artifact folder that is not what its manifest says. */
export function broken(where: string, reason: string): IntegrityError {
  return new IntegrityError(`the artifact is not whole: ${reason}`, {code: 'ARTIFACT', endpoint: where})
}

/** A payload in a store that is not what the manifest says, or holds what we do not unpack. */
export function refused(reason: string): IntegrityError {
  return new IntegrityError(`the stored artifact is not whole: ${reason}`, {code: 'ARTIFACT'})
}
