import {randomUUID} from 'node:crypto'
import {jsonBody, number, required, seconds, since, text, type Call, type Reply} from './call.ts'
import {evaluatePromql} from './promql-evaluate.ts'
import {logDocument, pointDocument, spanDocument, timeText} from './records.ts'
import * as reports from './reports.ts'
import {RouteError} from './route-error.ts'
import * as own from './routes-node.ts'
import type {Backend} from './store.ts'

type Handler = (call: Call) => unknown

const statuses = {ok: 'ok', error: 'error', unset: 'unset'} as Record<string, string>
const severities = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'unspecified']

/** Answers one request; RouteError and DropConnection are the server's to turn into answers. */
export function route(call: Call): Reply {
  const [first, ...rest] = call.path
  if (rest.length === 0 && first === 'healthz') return {status: 200, text: 'ok'}
  if (rest.length === 0 && first === 'readyz') return ready(call)
  const raw = rawRoutes[`${call.method} ${call.path.join('/')}`]
  if (raw) return raw(call)
  const found = routes.find(([pattern]) => matches(pattern, call.path))
  if (!found) throw new RouteError(404, '')
  const handler = found[1][call.method]
  if (!handler) throw new RouteError(405, '')
  const result = handler(call)
  return call.method === 'POST' ? {status: 201, json: result} : {status: 200, json: result}
}

function ready(call: Call): Reply {
  try {
    call.backend.points({limit: 1})
    return {status: 200, text: 'ready'}
  } catch {
    return {status: 503, text: 'not ready'}
  }
}

function matches(pattern: string, path: string[]): boolean {
  const parts = pattern.split('/')
  return parts.length === path.length && parts.every((part, at) => part === '*' || part === path[at])
}

/** What answers with something else than a JSON document. */
const rawRoutes: Record<string, (call: Call) => Reply> = {
  'GET api/v1/traces/live': own.liveSpans,
  'GET api/v1/logs/live': own.liveLogs,
  'GET api/v1/alerts/live': own.liveAlerts,
  'POST internal/wal/records': own.receiveFrame,
}

/** Literal paths before those with a wildcard. */
const routes: [pattern: string, handlers: Record<string, Handler>][] = [
  ['internal/cluster', {GET: own.getCluster}],
  ['internal/blobs/live', {GET: own.getLiveBlobs}],
  ['info', {GET: () => ({version: 'sandbox', endpoints: ['/api/v1']})}],
  ['api/v1/traces', {GET: getSpans}],
  ['api/v1/services', {GET: ({backend}) => reports.services(backend)}],
  ['api/v1/traces/*', {GET: getTrace}],
  ['api/v1/traces/*/comments', {GET: getComments, POST: addComment}],
  ['api/v1/logs', {GET: getLogs}],
  ['api/v1/metrics', {GET: getPoints}],
  ['api/v1/metrics/query', {GET: getSeries}],
  ['api/v1/metrics/rollups', {GET: getRollups}],
  ['api/v1/metrics/*', {GET: getMetric}],
  ['api/v1/summary', {GET: getSummary}],
  ['api/v1/anomalies', {GET: call => twoWindows(call, reports.anomalies)}],
  ['api/v1/diff', {GET: call => twoWindows(call, reports.diff)}],
  ['api/v1/topology', {GET: call => reports.topology(call.backend, since(call), number(call, 'limit') ?? 50_000)}],
  ['api/v1/correlate', {GET: getCorrelation}],
  ['api/v1/sql', {GET: refuseSql}],
  ['api/v1/alerts', {GET: own.getAlerts, POST: own.createAlert}],
  ['api/v1/alerts/events', {GET: own.getAlertEvents}],
  ['api/v1/alerts/*', {DELETE: own.deleteAlert}],
  ['api/v1/ingest/status', {GET: own.getIngest}],
]

function getSpans(call: Call): unknown {
  const limit = number(call, 'limit') ?? 100
  const status = text(call, 'status')
  const query = {
    service: text(call, 'service'), operation: text(call, 'operation'),
    status: status === undefined ? undefined : statuses[status] ?? 'no such status',
    minDurationMs: number(call, 'min_duration_ms', true), maxDurationMs: number(call, 'max_duration_ms', true),
    sinceNs: since(call), limit, attributes: call.query.getAll('attribute'), text: text(call, 'text'),
  }
  const spans = call.backend.spans(query)
  const explain = call.backend.isTier
    ? {reason: 'this storage backend does not report query execution details', supported: false}
    : {
      access_path: 'hot_scan', engine: 'sandbox', limit, limit_reached: spans.length >= limit, notes: [],
      rows_returned: spans.length, supported: true, tiers_consulted: ['hot'],
    }
  return {...(text(call, 'explain') === 'true' ? {explain} : {}), spans: spans.map(spanDocument)}
}

function getTrace(call: Call): unknown {
  const id = call.path[3]!
  const spans = call.backend.trace(id)
  if (spans.length === 0) throw new RouteError(404, 'trace not found')
  return {span_count: spans.length, spans: spans.map(spanDocument), trace_id: id}
}

function getComments(call: Call): unknown {
  const comments = call.backend.comments(call.path[3]!)
  return {comments, count: comments.length}
}

function addComment(call: Call): unknown {
  const input = jsonBody(call, 'body')
  const comment = {
    id: randomUUID(), trace_id: call.path[3]!, span_id: (input['span_id'] as string | undefined) ?? null,
    author: (input['author'] as string | undefined) ?? 'anonymous', body: input.body,
    created_at: timeText(call.nowNs, '+00:00'),
  }
  call.backend.addComment(comment)
  return {comment}
}

function getLogs(call: Call): unknown {
  const severity = text(call, 'severity')?.toLowerCase()
  const logs = call.backend.logs({
    service: text(call, 'service'), bodyContains: text(call, 'body_contains'), traceId: text(call, 'trace_id'),
    severity: severity === undefined || severities.includes(severity) ? severity : 'unspecified',
    attributes: call.query.getAll('attribute'),
    sinceNs: since(call), limit: number(call, 'limit') ?? 100,
  })
  return {count: logs.length, logs: logs.map(logDocument)}
}

function getPoints(call: Call): unknown {
  const points = call.backend.points({
    service: text(call, 'service'), name: text(call, 'name'), type: text(call, 'metric_type'), sinceNs: since(call),
    limit: number(call, 'limit') ?? 500,
  })
  return {count: points.length, metrics: points.map(pointDocument)}
}

function getSeries(call: Call): unknown {
  const query = required(call, 'query')
  const series = evaluatePromql(call.backend, query, call.nowNs, seconds(call, 'last') ?? 300)
  return {
    count: series.length, query,
    series: series.map(({labels, metric, atNs, value}) => (
      {labels, metric, timestamp: timeText(atNs), value: Number.isFinite(value) ? value : null})),
  }
}

function getRollups(call: Call): unknown {
  if (call.backend.isTier) throw new RouteError(500, 'metric rollups are not supported by this storage backend')
  return {bucket_seconds: 300, count: 0, rollups: []}
}

function getMetric(call: Call): unknown {
  const name = call.path[3]!
  const points = call.backend.points({name, sinceNs: since(call), limit: number(call, 'limit') ?? 500})
  const first = points[0]
  if (!first) throw new RouteError(404, `no points found for metric \`${name}\``)
  const values = points.map(point => point.value)
  const series = new Set(points.map(point => JSON.stringify([point.service, Object.entries(point.attributes).sort()])))
  const buckets = points.filter(point => point.histogram).length
  return {
    histogram_quantile_available: buckets > 0,
    label_keys: [...new Set(points.flatMap(point => Object.keys(point.attributes)))].sort(),
    latest_timestamp: timeText(first.atNs), metric: name, point_count: points.length,
    points_with_histogram_buckets: buckets, recent_points: points.slice(0, 20).map(pointDocument),
    series_count: series.size, services: [...new Set(points.map(point => point.service))].sort(),
    type: first.type, unit: first.unit, value_max: Math.max(...values), value_min: Math.min(...values),
  }
}

function getSummary(call: Call): unknown {
  return reports.summary(call.backend, call.nowNs, seconds(call, 'last') ?? 3_600, text(call, 'service'))
}

type Report = (backend: Backend, nowNs: bigint, current: number, baseline: number, service?: string) => unknown

function twoWindows(call: Call, report: Report): unknown {
  const current = seconds(call, 'last') ?? 3_600
  return report(call.backend, call.nowNs, current, seconds(call, 'baseline') ?? current * 6, text(call, 'service'))
}

function getCorrelation(call: Call): unknown {
  const found = reports.correlate(call.backend, required(call, 'trace'))
  if (!found) throw new RouteError(404, 'trace not found')
  return found
}

function refuseSql(call: Call): never {
  required(call, 'q')
  throw new RouteError(400, call.backend.isTier
    ? 'query_sql is not distributed across shards; run it directly against a single shard\'s /api/v1/sql'
    : 'this build has no SQL engine: the sandbox has none, as default builds of the server have none')
}
