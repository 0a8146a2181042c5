import {ConflictError} from '../net/errors.ts'
import type {S3Access} from './s3-client.ts'
import {isMissing, statusOf, storeError} from './s3-errors.ts'
import type {SignedRequest} from './s3-http.ts'
import type {RangeTarget} from './s3-range.ts'

/** Stores take a signature for a quarter of an hour; credentials are renewed minutes before they end. */
const signatureMs = 60_000

interface Signed {
  key: string
  request: SignedRequest
  untilMs: number
}

/**
 * Reads ranges of objects. The signature covers the object, not the range (as that of a presigned URL does), so that
 * many ranges need only one: the SDK takes a millisecond and more of processor time to make one (measured).
 */
export class RangeReader {
  readonly #s3: S3Access
  #signed: Signed | undefined

  constructor(s3: S3Access) {
    this.#s3 = s3
  }

  /** Fills `into` with the object's bytes from `start` on; ConflictError CHANGED when its etag is another by now. */
  async read(key: string, etag: string, start: number, into: Uint8Array, signal: AbortSignal): Promise<void> {
    return this.#s3.call(`read ${key}`, true, signal, async abortSignal => {
      const target: RangeTarget = {bytes: into, start, etag, isFilled: false, isRefused: false}
      await this.#readSigned(key, target, abortSignal)
      if (!target.isFilled) await this.#sign(key, target, abortSignal)
    }, 'bulk')
  }

  /** Leaves the target as it is when nothing signed is at hand, and refused when the answer is not the plain one. */
  async #readSigned(key: string, target: RangeTarget, signal: AbortSignal): Promise<void> {
    const {ranges, clock} = this.#s3
    const signed = this.#signed
    if (!signed || signed.key !== key || clock.monotonicMs() >= signed.untilMs) return
    await ranges.fill(signed.request, target, signal)
    // What is wrong is for the SDK to say, with a signature of its own.
    if (target.isRefused && this.#signed === signed) this.#signed = undefined
  }

  async #sign(key: string, target: RangeTarget, abortSignal: AbortSignal): Promise<void> {
    const {aws, client, bucket, endpoint, clock} = this.#s3
    const untilMs = clock.monotonicMs() + signatureMs
    const options: {abortSignal: AbortSignal} = Object.assign({abortSignal}, {target})
    const got = await client.send(new aws.GetObjectCommand({Bucket: bucket, Key: key}), options).catch(error => {
      if (statusOf(error) !== 412 && !isMissing(error)) throw error
      throw new ConflictError(`${key} was replaced or removed while it was read`, {
        code: 'CHANGED', endpoint, hint: 'Run the same command again.',
      })
    })
    if (target.isFilled) return void (this.#signed = target.signed && {key, request: target.signed, untilMs})
    const problem = await fillFrom(got.Body as AsyncIterable<Uint8Array>, target.bytes)
    if (problem) throw storeError({message: problem}, `read ${key}`, endpoint)
  }
}

/** Fills `into` from a body that must have just that length; what is wrong otherwise. */
async function fillFrom(body: AsyncIterable<Uint8Array>, into: Uint8Array): Promise<string | undefined> {
  let at = 0
  for await (const chunk of body) {
    if (at + chunk.length > into.length) return 'the answer is too long'
    into.set(chunk, at)
    at += chunk.length
  }
  return at === into.length ? undefined : 'the answer was cut off'
}
