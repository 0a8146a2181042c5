import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {systemClock} from '../../src/clients/net/deadline.ts'
import {listSegmentFiles, topicFolder} from '../../src/clients/tael/wal-directory.ts'
import {loadUnpackr, type WalRecord} from '../../src/clients/tael/wal-frame.ts'
import {statSegments} from '../../src/clients/tael/wal-inspect.ts'
import {parseStart} from '../../src/clients/tael/wal-position.ts'
import {tailWal, type WalFrame, type WalItem, type WalTailOptions} from '../../src/clients/tael/wal-tail.ts'
import {aGauge, aLog, aSpan, getJson, restart, until, type LiveTarget} from './tael-node.ts'

export interface SeenFrame extends Omit<WalFrame, 'slices' | 'payload'> {
  records: WalRecord[]
  head: Buffer
}

/** Reads a topic of a WAL directory into `seen`, to its end or until the signal. */
export async function readWal(
  walDir: string, options: Partial<WalTailOptions> = {}, signal = new AbortController().signal,
  seen: SeenFrame[] = [], others: WalItem[] = [],
): Promise<SeenFrame[]> {
  const settings: WalTailOptions = {topic: 'tael_wal', from: 'start', follow: false, ...options}
  for await (const item of tailWal(await topicFolder(walDir, settings.topic), settings, systemClock, signal)) {
    if (item.kind !== 'frame') others.push(item)
    else seen.push({...item, records: [...(item.slices ?? [])].flat(), head: Buffer.from(item.payload!.subarray(0, 2))})
  }
  return seen
}

/** Without what a server writes of itself. */
const ours = (frames: SeenFrame[]) =>
  frames.filter(frame => frame.records.some(record => record['service'] === 'wal-test'))
const valuesOf = (frames: SeenFrame[], field: string) =>
  frames.flatMap(frame => frame.records.map(record => record[field]))

/** What the WAL directory of a server of 0.5.15 holds, the real one and the sandbox's. */
export function taelWalContract(name: string, start: () => Promise<LiveTarget>): void {
  describe(`tael WAL contract: ${name}`, () => {
    let target: LiveTarget
    const service = 'wal-test'
    const span = aSpan('first', {service, events: [{name: 'retry', offset_ms: 1, attributes: {attempt: '1'}}]})
    beforeAll(async () => {
      target = await start()
      await target.node.ingest({spans: [span, aSpan('second', {service})]})
      await target.node.ingest({logs: [aLog('hello wörld', {service})]})
      await target.node.ingest({metrics: [{...aGauge('wal.depth', 2.5), service}]})
    })
    afterAll(() => target?.close())

    it('has three sparse segments of full apparent size: frames, and a bus each for spans and logs', async () => {
      const files = await listSegmentFiles(target.node.walDir)
      expect(files.map(file => file.folder)).toEqual(['', '', 'tael-backend'])
      expect(files.every(file => file.apparentBytes === 1_048_576_000 && file.realBytes < 10_000_000)).toBe(true)
      const topics: (string | null)[] = []
      for await (const file of statSegments(target.node.walDir, await loadUnpackr())) topics.push(file.topic)
      expect(topics.toSorted()).toEqual(['logs', 'spans', 'tael_wal'])
    })

    it('has one frame of version 2 a batch and signal, in their order, with the records of the query', async () => {
      const frames = ours(await readWal(target.node.walDir))
      expect(frames.map(({signal, version, head, records}) => [signal, version, [...head], records.length]))
        .toEqual([['spans', 2, [2, 1], 2], ['logs', 2, [2, 2], 1], ['metrics', 2, [2, 3], 1]])
      const {spans} = await getJson(`${target.node.url}/api/v1/traces/${span.trace_id}`)
      expect(frames[0]!.records.filter(record => record['operation'] === 'first')).toEqual(spans)
      const {logs} = await getJson(`${target.node.url}/api/v1/logs?service=${service}`)
      expect(frames[1]!.records).toEqual(logs)
      const {metrics} = await getJson(`${target.node.url}/api/v1/metrics?name=wal.depth`)
      expect(frames[2]!.records).toEqual(metrics)
    })

    it('has the record\'s fields in the server\'s order', async () => {
      expect(ours(await readWal(target.node.walDir)).map(({records}) => Object.keys(records[0]!).join(' '))).toEqual([
        'trace_id span_id parent_span_id service operation start_time end_time duration_ms status attributes events '
          + 'kind',
        'timestamp observed_timestamp trace_id span_id severity severity_text body service attributes',
        'timestamp service name metric_type value unit attributes',
      ])
    })

    it('has the buses as JSON of the same records, none for metrics', async () => {
      const {walDir} = target.node
      const [spans, logs] = [await readWal(walDir, {topic: 'spans'}), await readWal(walDir, {topic: 'logs'})]
      expect([ours(spans).length, ours(logs).length]).toEqual([1, 1])
      expect(valuesOf(ours(spans), 'operation')).toEqual(['first', 'second'])
      expect(valuesOf(ours(logs), 'body')).toEqual(['hello wörld'])
      expect(spans[0]!.head.toString()).toBe('[{')
    })

    it('goes on from a position', async () => {
      const [first] = ours(await readWal(target.node.walDir))
      const rest = ours(await readWal(target.node.walDir, {from: parseStart(first!.next)}))
      expect(rest.map(frame => frame.signal)).toEqual(['logs', 'metrics'])
    })

    it('is followed across a kill, in new segments, each frame once', async () => {
      const stop = new AbortController()
      const [seen, others]: [SeenFrame[], WalItem[]] = [[], []]
      const done = readWal(target.node.walDir, {follow: true}, stop.signal, seen, others)
      const operations = () => valuesOf(ours(seen).filter(frame => frame.signal === 'spans'), 'operation')
      await until(() => operations().length === 2)
      await target.node.ingest({spans: [aSpan('before', {service})]})
      await until(() => operations().length === 3)
      await restart(target.node)
      await target.node.ingest({spans: [aSpan('after', {service})]})
      await until(() => operations().length === 4)
      expect(operations()).toEqual(['first', 'second', 'before', 'after'])
      const folders = (await listSegmentFiles(target.node.walDir)).map(file => file.folder)
      expect(folders).toEqual(['', '', '', '', 'tael-backend', 'tael-backend'])
      expect(others.filter(item => item.kind === 'damage' || item.kind === 'gap')).toEqual([])
      stop.abort()
      await done
    })
  })
}
