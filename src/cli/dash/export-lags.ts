import type {ChangeStream, ChangeStreams} from '../../clients/lease/change-stream.ts'
import {exportLag, unknownLag, type ExportLag} from '../../clients/lease/export-lag.ts'
import type {LeaseItem} from '../../clients/lease/item.ts'
import {NotFoundError} from '../../clients/net/errors.ts'
import {leasePlace} from '../open/leases.ts'
import type {OpenTools} from '../open/tools.ts'
import {reopening} from './reopening.ts'

type Exported = Pick<LeaseItem, 'key' | 'completedCursorHex'>

export interface Lags {
  lagOf(lease: Exported): ExportLag
  /** Streams that did not answer, with why. */
  missing: string[]
}

/** Numbers of a stream, or why there are none. */
type Answer = ChangeStream | {why: string}

/** A stream is asked so often at most. */
const everyMs = 3_000

/** `KEY=BUCKET`, as `leases.streams` has them. */
export function bucketsOf(streams: readonly string[] = []): Map<string, string> {
  return new Map(streams.map(each => {
    const at = each.lastIndexOf('=')
    return [each.slice(0, at), each.slice(at + 1)]
  }))
}

/** How far the exports lie behind, for the leases whose stream the context names. */
export function exportLags(tools: OpenTools) {
  const buckets = bucketsOf(tools.settings.section('leases')?.streams)
  const wanted = [...new Set(buckets.values())]
  const streams = reopening(() => openStreams(tools), opened => opened.close())
  const {clock} = tools.io
  let last: {answers: Map<string, Answer>; askedMs: number} | undefined
  const ask = (signal: AbortSignal) => streams.use(opened => answersOf(opened, wanted, signal), signal)
    .catch((error: Error) => new Map(wanted.map((bucket): [string, Answer] => [bucket, {why: error.message}])))
  return {
    async read(signal: AbortSignal): Promise<Lags> {
      if (wanted.length > 0 && (!last || clock.monotonicMs() - last.askedMs >= everyMs)) {
        last = {askedMs: clock.monotonicMs(), answers: await ask(signal)}
      }
      return lagsFrom(buckets, last?.answers ?? new Map())
    },
    close: streams.close,
  }
}

async function openStreams(tools: OpenTools): Promise<ChangeStreams> {
  const {openChangeStreams} = await import('../../clients/lease/change-stream.ts')
  return openChangeStreams(await leasePlace(tools))
}

/** A bucket that is not there says nothing about the others; anything else may be the connection. */
async function answersOf(
  streams: ChangeStreams, buckets: readonly string[], signal: AbortSignal,
): Promise<Map<string, Answer>> {
  return new Map(await Promise.all(buckets.map(async (bucket): Promise<[string, Answer]> => {
    const answer = await streams.read(bucket, signal).catch((error: unknown) => {
      if (error instanceof NotFoundError) return {why: error.message}
      throw error
    })
    return [bucket, answer]
  })))
}

export function lagsFrom(buckets: ReadonlyMap<string, string>, answers: ReadonlyMap<string, Answer>): Lags {
  return {
    lagOf({key, completedCursorHex}) {
      const bucket = buckets.get(key)
      if (bucket === undefined) return unknownLag(`leases.streams does not say which bucket ${key} exports`)
      const answer = answers.get(bucket) ?? {why: 'not asked yet'}
      return 'why' in answer ? unknownLag(`stream of ${bucket}: ${answer.why}`) : exportLag(completedCursorHex, answer)
    },
    missing: [...answers].flatMap(([bucket, answer]) =>
      ('why' in answer ? [`stream of ${bucket}: ${answer.why}`] : [])),
  }
}
