import {mkdtemp, open, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Packr} from 'msgpackr'
import {systemClock} from '../../src/clients/net/deadline.ts'
import {encodeEntry, firstPlace, placeEntry} from '../../src/clients/tael/walrus-encode.ts'
import {segmentFolder} from '../../src/clients/tael/walrus-folder.ts'
import {tailWal} from '../../src/clients/tael/wal-tail.ts'
import {median, type Ratio} from './measure.ts'

const spans = 100_000
const batchSize = 500
const rounds = 5

function span(n: number) {
  const id = n.toString(16).padStart(16, '0')
  return {
    trace_id: id + id, span_id: id, parent_span_id: null, service: 'edge-gateway', operation: 'POST /checkout',
    start_time: '2026-11-21T01:56:02.558727021Z', end_time: '2026-11-21T01:56:02.639727021Z', duration_ms: 81.000192,
    status: 'ok', events: [], kind: 'server',
    attributes: {'http.route': '/checkout', 'url.path': '/checkout', 'http.response.status_code': '200', seq: String(n)},
  }
}

/** A segment as the server writes it, and the same batches as JSON texts. */
async function prepare(folder: string): Promise<string[]> {
  const packr = new Packr({useRecords: false})
  const file = await open(join(folder, '1000'), 'w')
  const texts: string[] = []
  let at = {offset: firstPlace.offset, blockEnd: firstPlace.blockEnd}
  for (let first = 0; first < spans; first += batchSize) {
    const batch = Array.from({length: batchSize}, (_, n) => span(first + n))
    texts.push(JSON.stringify(batch))
    const payload = Buffer.concat([Buffer.of(2, 1), packr.pack(batch)])
    const place = placeEntry(at, payload.length)
    const entry = encodeEntry('tael_wal', payload, place.blockEnd)
    await file.write(entry, 0, entry.length, place.offset)
    at = {offset: place.offset + entry.length, blockEnd: place.blockEnd}
  }
  await file.close()
  return texts
}

async function readAll(folder: string): Promise<number> {
  let count = 0
  const options = {topic: 'tael_wal', from: 'start', follow: false} as const
  for await (const item of tailWal(segmentFolder(folder), options, systemClock, new AbortController().signal)) {
    if (item.kind === 'frame') for (const slice of item.slices ?? []) count += slice.length
  }
  return count
}

/** Reading, checking and decoding a WAL, in milliseconds, beside `JSON.parse` of the same spans from memory. */
export async function ratios(): Promise<Ratio[]> {
  const folder = await mkdtemp(join(tmpdir(), 'opsdeck-bench-wal-'))
  try {
    const texts = await prepare(folder)
    const ours: number[] = []
    const theirs: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      let start = performance.now()
      for (const text of texts) JSON.parse(text)
      theirs.push(performance.now() - start)
      start = performance.now()
      if ((await readAll(folder)) !== spans) throw new Error('spans are missing')
      ours.push(performance.now() - start)
    }
    const [a, b] = [median(ours), median(theirs)]
    return [{name: `wal: decode ${spans} spans (ms; 1000 ms is 100,000 a second)`, oursMs: a, theirsMs: b, ratio: a / b, target: 3}]
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}
