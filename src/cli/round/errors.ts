import {OpsError} from '../../clients/net/errors.ts'
import type {RoundStep} from './plan.ts'

/** A write of unknown outcome. */
export class Unclear extends Error {
  readonly reason: OpsError

  constructor(reason: OpsError) {
    super(reason.message)
    this.reason = reason
  }
}

/** The steps that a signal stops; the others end what is begun. */
export const isStoppable = (step: RoundStep): boolean => step === 'export' || step === 'push'

export function noArtifact(error: OpsError): never {
  if (error.code !== 'NO_ARTIFACT') throw error
  throw new OpsError('NO_ARTIFACT', 1, 'the export command ended with 0 and wrote no artifact', {
    endpoint: error.endpoint,
    cause: error,
    hint: 'It must write to the folder in OPSDECK_ARTIFACT_DIR, MANIFEST.json last.',
  })
}

export function unfinished(step: RoundStep, {code, exit, message, endpoint}: OpsError): OpsError {
  const words =
    step === 'complete' ? `the artifact is published, the lease not completed: ${message}` : `${step}: ${message}`
  return new OpsError(code, exit, words, {endpoint})
}

export const goesOn = 'Run the same command again: it looks, and goes on from there.'

export function lost(): OpsError {
  return new OpsError('LEASE_LOST', 10, 'the lease is no longer ours: nothing was published')
}
