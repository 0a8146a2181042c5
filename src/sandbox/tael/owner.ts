import type {Batch} from './records.ts'

/** What each of `shards` owns of a batch: a trace with its logs, a metric by its name. Empty parts have no signal. */
export function ownersOf({spans = [], logs = [], points = []}: Batch, shards: number): Batch[] {
  return Array.from({length: shards}, (_, shard) => {
    const own = (key: string) => ownerOf(key, shards) === shard
    return filled({
      spans: spans.filter(span => own(span.traceId)),
      logs: logs.filter(log => own(log.traceId ?? log.service)),
      points: points.filter(point => own(point.name)),
    })
  })
}

function filled(batch: Batch): Batch {
  return Object.fromEntries(Object.entries(batch).filter(([, records]) => records.length > 0))
}

/** Any even split will do here: which shard owns a trace is the ingest's choice. */
function ownerOf(key: string, shards: number): number {
  let hash = 0
  for (const char of key) hash = (hash * 31 + char.codePointAt(0)!) >>> 0
  return hash % shards
}
