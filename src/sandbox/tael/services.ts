import type {AlertBook} from './alerts.ts'
import type {Feed} from './feed.ts'
import {RouteError} from './route-error.ts'

export interface ClusterFacts {
  nodeId: string
  isLeader: boolean
  epoch: number
}

/** What came in through one way since the process started; replicated records are not counted. */
export interface PipelineCounts {
  batches: number
  records: number
  lastAcceptedMs: number | undefined
}

export type Pipeline = 'otlp_spans' | 'otlp_logs' | 'otlp_metrics'

/** What a server has beside its records. */
export interface Services {
  feeds: Record<'spans' | 'logs' | 'alerts', Feed>
  alerts: AlertBook
  /** Undefined without coordination. */
  cluster(): ClusterFacts | undefined
  ingest(): Record<Pipeline, PipelineCounts> & {inFlight: number}
  /** Takes a frame from a leader, as a standby does; `epoch` is 0 when none was sent. */
  receive(frame: Buffer, epoch: bigint): void
}

export const nothingCounted = (): Record<Pipeline, PipelineCounts> => ({
  otlp_spans: {batches: 0, records: 0, lastAcceptedMs: undefined},
  otlp_logs: {batches: 0, records: 0, lastAcceptedMs: undefined},
  otlp_metrics: {batches: 0, records: 0, lastAcceptedMs: undefined},
})

/** What a query tier has: rules that never fire, feeds that stay silent, no ingest and no WAL. */
export function tierServices(feed: () => Feed, alerts: AlertBook): Services {
  return {
    feeds: {spans: feed(), logs: feed(), alerts: feed()},
    alerts,
    cluster: () => undefined,
    ingest: () => ({...nothingCounted(), inFlight: 0}),
    receive() {
      throw new RouteError(422, 'this store does not accept WAL replication')
    },
  }
}
