import type {AlertSink} from './alerts.ts'
import {eventRecord} from './alert-delivery.ts'
import {jsonBody, number, text, type Call, type Reply} from './call.ts'
import {batchFilter} from './feed.ts'
import {sorted, timeText} from './records.ts'
import {RouteError} from './route-error.ts'

/* What a server says of itself: its alerts, feeds, place in its group, ingest. */

export function liveSpans(call: Call): Reply {
  const filter = batchFilter({service: text(call, 'service'), status: text(call, 'status')})
  return {stream: response => call.services.feeds.spans.open(response, filter)}
}

export function liveLogs(call: Call): Reply {
  const filter = batchFilter({service: text(call, 'service'), severity: text(call, 'severity')})
  return {stream: response => call.services.feeds.logs.open(response, filter)}
}

export function liveAlerts(call: Call): Reply {
  return {stream: response => call.services.feeds.alerts.open(response)}
}

/** Takes a frame from a leader. The body may be no frame; then the words are the server's. */
export function receiveFrame(call: Call): Reply {
  const epoch = String(call.headers['x-tael-wal-epoch'] ?? '')
  call.services.receive(call.body, /^\d{1,20}$/.test(epoch) ? BigInt(epoch) : 0n)
  return {status: 202, text: 'applied'}
}

export function getCluster({services}: Call): unknown {
  const facts = services.cluster()
  if (!facts) return {enabled: false}
  return {enabled: true, epoch: facts.epoch, is_leader: facts.isLeader, node_id: facts.nodeId}
}

export function getLiveBlobs(call: Call): unknown {
  if (call.backend.isTier) throw new RouteError(422, 'this storage backend does not track blob references')
  return {count: 0, hashes: []}
}

export function getAlerts({services}: Call): unknown {
  const alerts = services.alerts.list().map(({rule: {createdAtNs, ...rule}, state}) => (
    sorted({...rule, created_at: timeText(createdAtNs), state})))
  return {alerts, count: alerts.length}
}

export function createAlert(call: Call): unknown {
  const {name, query, ...rest} = jsonBody(call, 'name', 'query')
  call.services.alerts.add({
    name, query, for_seconds: (rest['for_seconds'] as number | undefined) ?? 0,
    window_seconds: (rest['window_seconds'] as number | null | undefined) ?? 300,
    sinks: (rest['sinks'] as AlertSink[] | undefined) ?? [],
    description: (rest['description'] as string | undefined) ?? null, createdAtNs: call.nowNs,
  })
  return {created: name, query}
}

export function deleteAlert(call: Call): unknown {
  const name = call.path[3]!
  if (!call.services.alerts.remove(name)) throw new RouteError(404, `no alert named \`${name}\``)
  return {deleted: name}
}

export function getAlertEvents(call: Call): unknown {
  const events = call.services.alerts.recent(number(call, 'limit') ?? 50).map(event => sorted(eventRecord(event)))
  return {count: events.length, events}
}

export function getIngest({backend, services, nowNs}: Call): unknown {
  const {inFlight, ...counts} = services.ingest()
  const none = {batches: 0, records: 0, lastAcceptedMs: undefined}
  const instant = (ms: number | undefined) =>
    (ms === undefined ? null : timeText(BigInt(Math.trunc(ms)) * 1_000_000n, '+00:00'))
  const pipelines = Object.entries({...counts, remote_write: none, datadog: none})
    .map(([pipeline, {batches, records, lastAcceptedMs}]) => (
      {batches, errors: 0, last_accepted_at: instant(lastAcceptedMs), pipeline, records, shed: 0}))
  return {
    backpressure: {in_flight: inFlight, max_in_flight: 512},
    generated_at: timeText(nowNs, '+00:00'),
    metric_series: {dropped_points: 0, limit: 100_000, tracked: backend.isTier ? 0 : backend.metricNames()},
    pipelines,
  }
}
