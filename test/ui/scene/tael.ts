import {decodeLog, decodeSpan} from '../../../src/clients/tael/wire.ts'
import {buildTrace} from '../../../src/clients/tael/trace.ts'
import {summariseTraces} from '../../../src/clients/tael/trace-summary.ts'
import {waterfallRows} from '../../../src/clients/tael/waterfall.ts'
import type {Waterfall} from '../../../src/format/views/waterfall.ts'
import {logDocument, spanDocument} from '../../../src/sandbox/tael/records.ts'
import {seedRecords} from '../../../src/sandbox/tael/seed.ts'

/** The recorded incident of the sandbox as the clients give it, ending at `nowMs`; the newest comes first. */
export function taelRecords(nowMs: number) {
  const {spans = [], logs = []} = seedRecords(nowMs)
  const recent = spans.map(span => decodeSpan(spanDocument(span) as never)).filter(span => Date.parse(span.startTime) > nowMs - 900_000)
  const byTrace = Map.groupBy(recent, span => span.traceId)
  return {
    errors: recent.filter(({status}) => status === 'error').sort((a, b) => (a.startTime < b.startTime ? 1 : -1)),
    traces: summariseTraces(byTrace.values()),
    logs: logs.map(log => decodeLog(logDocument(log) as never)).sort((a, b) => (a.timestamp < b.timestamp ? 1 : -1)),
    async waterfall(traceId: string): Promise<Waterfall> {
      const trace = buildTrace(byTrace.get(traceId) ?? [])
      if (!trace) throw new Error(`trace ${traceId} has no spans`)
      return {trace, ...waterfallRows(trace, {collapse: 5, maxRows: 500}), offsets: false}
    },
  }
}
