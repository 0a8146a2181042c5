import type {Change, Outcome} from '../net/change.ts'
import {OpsError, SystemError} from '../net/errors.ts'
import {createHttp, type Http, type HttpOptions, type HttpRequest} from '../net/http.ts'
import {neverSent} from '../net/http-errors.ts'
import {parseJson, type Json} from '../net/json.ts'
import {Answer} from './answer.ts'
import {statusError} from './errors.ts'
import type * as model from './model.ts'
import {logNeeds, oldTextWarning, spanNeeds} from './needs.ts'
import {
  lastText, logPairs, metricPairs, spanPairs, type LogFilter, type MetricFilter, type Pair, type SpanFilter,
} from './query.ts'
import * as wire from './wire.ts'
import {
  decodeAnomalies, decodeCorrelation, decodeDiff, decodeIngest, decodeSummary, decodeTopology,
} from './wire-reports.ts'

export interface TaelOptions extends Omit<HttpOptions, 'headers'> {
  /** Sent as a bearer token. */
  apiKey?: string
  /** Told what an answer lacks because of the server's version. */
  onLimitation?: (text: string) => void
}

/** The last so many seconds by the server's clock, and one service or all. The server chooses what is left out. */
export interface Window {
  lastSeconds?: number
  service?: string
}

/**
 * Reads one tael server over REST; routes and documents as seen on live servers of 0.5.15. Every method takes a
 * signal. Rejects with UsageError (`BAD_QUERY`), UnauthorizedError, NotFoundError, UnreachableError, and SystemError
 * where the server failed, has no such route (`NO_ROUTE`) or answered no JSON (`NOT_JSON`). What comes back is the
 * document as it came, decoded when its `value` is asked for; a missing member is a DecodeError then.
 */
export interface TaelClient {
  readonly endpoint: string
  spans(filter: SpanFilter, signal?: AbortSignal): Promise<Answer<model.Span[]>>
  /** All spans of one trace; NotFoundError when there are none. */
  trace(traceId: string, signal?: AbortSignal): Promise<Answer<model.Span[]>>
  logs(filter: LogFilter, signal?: AbortSignal): Promise<Answer<model.LogRecord[]>>
  metrics(filter: MetricFilter, signal?: AbortSignal): Promise<Answer<model.MetricPoint[]>>
  /** The value of each series now; `lastSeconds` is how far the query looks back. */
  promql(query: string, window: {lastSeconds?: number}, signal?: AbortSignal): Promise<Answer<model.Series[]>>
  /** 5-minute rollups, of points that have left the hot tier. */
  rollups(filter: Omit<MetricFilter, 'type'>, signal?: AbortSignal): Promise<Answer<model.Rollup[]>>
  metric(
    name: string, window: {lastSeconds?: number; limit: number}, signal?: AbortSignal,
  ): Promise<Answer<model.MetricDetail>>
  /** Only of a server that was built with an SQL engine. */
  sql(query: string, signal?: AbortSignal): Promise<Answer<Record<string, Json>[]>>
  /** Of the hot tier alone. */
  services(signal?: AbortSignal): Promise<Answer<model.Service[]>>
  summary(window: Window, signal?: AbortSignal): Promise<Answer<model.Summary>>
  /** The window against a baseline of `baselineSeconds`, by default six times as long, which contains it. */
  anomalies(window: Window & {baselineSeconds?: number}, signal?: AbortSignal): Promise<Answer<model.AnomalyReport>>
  diff(window: Window & {baselineSeconds?: number}, signal?: AbortSignal): Promise<Answer<model.WindowDiff>>
  correlate(traceId: string, signal?: AbortSignal): Promise<Answer<model.Correlation>>
  topology(window: {lastSeconds?: number; limit: number}, signal?: AbortSignal): Promise<Answer<model.Topology>>
  ingestStatus(signal?: AbortSignal): Promise<Answer<model.IngestStatus>>
  comments(traceId: string, signal?: AbortSignal): Promise<Answer<model.Comment[]>>
  /** Plans a comment; the server takes it without a check that the trace exists, and twice when sent twice. */
  planComment(comment: {traceId: string; body: string; author: string; spanId?: string}): Change<Answer<model.Comment>>
  close(): Promise<void>
}

/** Nothing is asked before the first method is called. */
export function createTaelClient(options: TaelOptions): TaelClient {
  const {apiKey, onLimitation, ...settings} = options
  const http = createHttp({
    ...settings, headers: {accept: 'application/json', ...(apiKey ? {authorization: `Bearer ${apiKey}`} : {})},
  })
  return taelClient(http, onLimitation ?? (() => undefined))
}

function taelClient(http: Http, onLimitation: (text: string) => void): TaelClient {
  const {mustHave, isOld} = versionOf(http)
  const get = async <T>(
    path: string, pairs: Pair[], decode: (document: Json) => T, signal?: AbortSignal, thing?: string,
  ): Promise<Answer<T>> => new Answer(await document(http, {path, query: pairs, signal}, thing), decode)

  return {
    endpoint: http.endpoint,
    async spans(filter, signal) {
      const pairs = spanPairs(filter)
      await mustHave(spanNeeds(filter), signal)
      const answer = await get('/api/v1/traces', pairs, wire.decodeSpans, signal)
      if (filter.text !== undefined && await isOld(signal)) onLimitation(oldTextWarning)
      return answer
    },
    trace: (id, signal) => get(`/api/v1/traces/${encodeURIComponent(id)}`, [], wire.decodeSpans, signal, `trace ${id}`),
    async logs(filter, signal) {
      const pairs = logPairs(filter)
      await mustHave(logNeeds(filter), signal)
      return get('/api/v1/logs', pairs, wire.decodeLogs, signal)
    },
    metrics: (filter, signal) => get('/api/v1/metrics', metricPairs(filter), wire.decodePoints, signal),
    promql(query, window, signal) {
      const pairs: Pair[] = [['query', query], ['last', lastText(window.lastSeconds)]]
      return get('/api/v1/metrics/query', pairs, wire.decodeSeries, signal)
    },
    rollups: (filter, signal) => get('/api/v1/metrics/rollups', metricPairs(filter), wire.decodeRollups, signal),
    metric(name, window, signal) {
      const path = `/api/v1/metrics/${encodeURIComponent(name)}`
      return get(path, limitPairs(window), wire.decodeMetricDetail, signal, `metric ${name}`)
    },
    sql: (query, signal) => get('/api/v1/sql', [['q', query]], wire.decodeRows, signal),
    services: signal => get('/api/v1/services', [], wire.decodeServices, signal),
    summary: (window, signal) => get('/api/v1/summary', windowPairs(window), decodeSummary, signal),
    anomalies: (window, signal) => get('/api/v1/anomalies', windowPairs(window), decodeAnomalies, signal),
    diff: (window, signal) => get('/api/v1/diff', windowPairs(window), decodeDiff, signal),
    correlate: (id, signal) => get('/api/v1/correlate', [['trace', id]], decodeCorrelation, signal, `trace ${id}`),
    topology: (window, signal) => get('/api/v1/topology', limitPairs(window), decodeTopology, signal),
    ingestStatus: signal => get('/api/v1/ingest/status', [], decodeIngest, signal),
    comments: (id, signal) => get(`/api/v1/traces/${encodeURIComponent(id)}/comments`, [], wire.decodeComments, signal),
    planComment: comment => planComment(http, comment),
    close: () => http.close(),
  }
}

function windowPairs({lastSeconds, baselineSeconds, service}: Window & {baselineSeconds?: number}): Pair[] {
  return [['last', lastText(lastSeconds)], ['baseline', lastText(baselineSeconds)], ['service', service]]
}

function limitPairs({limit, lastSeconds}: {limit: number; lastSeconds?: number}): Pair[] {
  return [['limit', limit], ['last', lastText(lastSeconds)]]
}

/** Whether the server is older than 0.5.15, asked once and only when a query depends on it. */
function versionOf(http: Http) {
  let old: Promise<boolean> | undefined
  const ask = async (signal: AbortSignal | undefined) => (await http.request({path: '/info', signal})).status === 404
  const isOld = (signal?: AbortSignal) => (old ??= ask(signal).catch((error: unknown) => {
    old = undefined
    throw error
  }))
  return {
    isOld,
    async mustHave(needs: string[], signal?: AbortSignal): Promise<void> {
      if (needs.length === 0 || !(await isOld(signal))) return
      throw new SystemError(`this server version has no ${needs.join(', no ')}`, {
        code: 'NO_FEATURE', endpoint: http.endpoint,
        hint: 'It is older than tael 0.5.15, and would answer as if the filter meant something else.',
      })
    },
  }
}

/** Asks and returns the JSON document; any status but 2xx is an error. */
async function document(http: Http, request: HttpRequest, thing?: string): Promise<Json> {
  const answer = await http.request(request)
  if (answer.status < 200 || answer.status > 299) throw statusError(answer, {
    endpoint: http.endpoint, path: request.path, thing,
  })
  try {
    return parseJson(answer.text)
  } catch (cause) {
    throw new SystemError(`${http.endpoint} did not answer with JSON`, {
      code: 'NOT_JSON', endpoint: http.endpoint, cause, hint: 'Is this the REST port of a tael server?',
    })
  }
}

function planComment(
  http: Http, {traceId, body, author, spanId}: Parameters<TaelClient['planComment']>[0],
): Change<Answer<model.Comment>> {
  const path = `/api/v1/traces/${encodeURIComponent(traceId)}/comments`
  const content = JSON.stringify({author, body, ...(spanId ? {span_id: spanId} : {})})
  return {
    system: 'tael',
    action: 'comment on',
    target: traceId,
    before: undefined,
    after: {traceId, spanId: spanId ?? null, author, body},
    request: `POST ${http.endpoint}${path}\n${content}`,
    warnings: [],
    destructive: false,
    apply: async signal => {
      const send = {method: 'POST', path, body: content, headers: {'content-type': 'application/json'}, signal} as const
      try {
        const answer = await document(http, send, `trace ${traceId}`)
        return {
          state: 'done',
          result: new Answer(answer, made => wire.decodeComment((made as {[key: string]: Json})['comment'] ?? null)),
        }
      } catch (error) {
        return await commentOutcome(http, path, {author, body}, error)
      }
    },
  }
}

/** A comment whose answer was lost is looked for; it is never sent again, since that would make a second one. */
async function commentOutcome(
  http: Http, path: string, sent: {author: string; body: string}, error: unknown,
): Promise<Outcome<Answer<model.Comment>>> {
  if (!(error instanceof OpsError)) throw error
  if (neverSent(error) || error.exit !== 4) return {state: 'not-done', error}
  const found = await document(http, {path}).then(
    list => wire.decodeComments(list).find(each => each.author === sent.author && each.body === sent.body),
    () => undefined,
  )
  return {state: 'unknown', error, found}
}
