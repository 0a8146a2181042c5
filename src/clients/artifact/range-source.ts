import type {ArtifactStore, StoredObject} from './store.ts'
import {partBytes, partsInFlight} from './store.ts'
import type {ByteSource} from './tar-read.ts'

const probeBytes = 65_536

/**
 * Reads an object in order through parallel ranges. While `isProbing` it fetches little and not ahead, because
 * much is expected to be skipped.
 */
export interface RangeSource extends ByteSource {
  isProbing: boolean
}

export function rangeSource(store: ArtifactStore, object: StoredObject, signal: AbortSignal, isProbing = false): RangeSource {
  const queue: {start: number; end: number; bytes: Promise<Uint8Array>}[] = []
  let at = 0
  let ahead = 0
  const fetchTo = (depth: number, size: number) => {
    while (queue.length < depth && ahead < object.sizeBytes) {
      const end = Math.min(ahead + size, object.sizeBytes)
      const bytes = store.range(object.key, object.etag, ahead, end, signal)
      bytes.catch(() => {})
      queue.push({start: ahead, end, bytes})
      ahead = end
    }
  }
  const source: RangeSource = {
    isProbing,
    async chunk(max) {
      signal.throwIfAborted()
      while (queue[0] && queue[0].end <= at) queue.shift()
      if (queue.length === 0) ahead = at
      fetchTo(source.isProbing ? 1 : partsInFlight - 1, source.isProbing ? probeBytes : partBytes)
      const part = queue[0]
      if (!part) return new Uint8Array(0)
      const bytes = await part.bytes
      const from = at - part.start
      const piece = bytes.subarray(from, Math.min(from + max, bytes.length))
      at += piece.length
      return piece
    },
    async skip(bytes) {
      at = Number(BigInt(at) + bytes)
      while (queue[0] && queue[0].end <= at) queue.shift()
      if (queue[0] && queue[0].start > at) queue.length = 0
    },
  }
  return source
}
