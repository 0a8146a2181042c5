import {OpsError} from '../net/errors.ts'
import {createHttp, type HttpOptions, type HttpStream} from '../net/http.ts'
import {parseJson, type Json} from '../net/json.ts'
import {decodeAlertEvent, type AlertEvent, type AlertsClient} from './alerts.ts'
import type {TaelClient, TaelOptions} from './client.ts'
import {statusError} from './errors.ts'
import {parseInstantNs} from './instant.ts'
import type {FeedSource} from './live.ts'
import type {LogRecord, Span} from './model.ts'
import {decodeLog, decodeSpan} from './wire.ts'

export interface FeedFilter {
  service?: string
  status?: string
  severity?: string
  /** Records to begin with, at most. */
  limit: number
}

export interface FeedServer {
  shard: string
  url: string
  headers: Record<string, string>
  client: TaelClient
}

/** The server sends something every 15 s; three times that is a dead peer. */
const idleTimeoutMs = 45_000
const acceptTimeoutMs = 1_000

type HttpSettings = Omit<HttpOptions, 'url' | 'headers'>

/** The feed of spans; they come in the order of their ingestion, a trace in pieces. */
export function spanFeed(
  server: FeedServer, filter: FeedFilter, http: HttpSettings, nowMs: () => number,
): FeedSource<Span> {
  return {
    ...feed(server, '/api/v1/traces/live', [['service', filter.service], ['status', filter.status]], http, decodeSpan),
    async backfill(sinceMs, signal) {
      const {service, limit} = filter
      const answer = await server.client.spans({
        service, limit, status: filter.status as 'ok' | undefined, lastSeconds: lastSeconds(sinceMs, nowMs()),
      }, signal)
      return answer.value.toReversed()
    },
    key: span => `${span.traceId} ${span.spanId}`,
    timeNs: span => parseInstantNs(span.startTime) ?? 0n,
  }
}

export function logFeed(
  server: FeedServer, filter: FeedFilter, http: HttpSettings, nowMs: () => number,
): FeedSource<LogRecord> {
  return {
    ...feed(server, '/api/v1/logs/live', [['service', filter.service], ['severity', filter.severity]], http, decodeLog),
    async backfill(sinceMs, signal) {
      const {service, limit} = filter
      const answer = await server.client.logs({
        service, limit, severity: filter.severity as 'info' | undefined, lastSeconds: lastSeconds(sinceMs, nowMs()),
      }, signal)
      return answer.value.toReversed()
    },
    key: log => JSON.stringify([
      log.timestamp, log.service, log.body, log.traceId, log.spanId, Object.entries(log.attributes).sort(),
    ]),
    timeNs: log => parseInstantNs(log.timestamp) ?? 0n,
  }
}

/** The feed of alert events, one a message. */
export function alertFeed(
  {name, options, client}: {name: string; options: TaelOptions; client: AlertsClient}, limit: number,
): FeedSource<AlertEvent> {
  const {url, apiKey, ...settings} = options
  const headers: Record<string, string> = apiKey ? {authorization: `Bearer ${apiKey}`} : {}
  return {
    ...feed({shard: name, url, headers}, '/api/v1/alerts/live', [], settings, value => decodeAlertEvent(value)),
    backfill: async (_sinceMs, signal) => (await client.events(limit, signal)).value.toReversed(),
    key: event => `${event.rule} ${event.state} ${event.at}`,
    timeNs: event => parseInstantNs(event.at) ?? 0n,
  }
}

function lastSeconds(sinceMs: number | undefined, nowMs: number): number | undefined {
  return sinceMs === undefined ? undefined : Math.max(1, Math.ceil((nowMs - sinceMs) / 1_000))
}

function feed<T>(
  {shard, url, headers}: Omit<FeedServer, 'client'>, path: string, query: [string, string | undefined][],
  settings: HttpSettings,
  decode: (value: Json) => T,
): Pick<FeedSource<T>, 'shard' | 'open' | 'decode' | 'accepts'> {
  const options = {...settings, url, headers}
  return {
    shard,
    async open(signal) {
      const http = createHttp(options)
      signal.addEventListener('abort', () => void http.close(), {once: true})
      const stream = await http.stream({path, query, signal, idleTimeoutMs})
      if (stream.status === 200) return stream.body
      throw await refusalOf(stream, {endpoint: http.endpoint, path})
    },
    decode(message) {
      const batch = parseJson(message)
      return (Array.isArray(batch) ? batch : [batch]).map(each => decode(each))
    },
    accepts: signal => accepts(options, signal),
  }
}

async function refusalOf(stream: HttpStream, request: {endpoint: string; path: string}): Promise<OpsError> {
  const parts: Uint8Array[] = []
  for await (const part of stream.body) parts.push(part)
  const text = Buffer.concat(parts).toString()
  const contentType = stream.headers['content-type']?.split(';')[0] ?? ''
  return statusError({status: stream.status, headers: stream.headers, contentType, text}, request)
}

/** Does the server take connections, and answer on them? */
async function accepts(options: HttpOptions, signal: AbortSignal): Promise<'yes' | 'refused' | 'silent'> {
  const http = createHttp({
    ...options, retries: 0, timeoutMs: acceptTimeoutMs, connectTimeoutMs: acceptTimeoutMs,
  })
  try {
    await http.request({path: '/healthz', signal})
    return 'yes'
  } catch (error) {
    return error instanceof OpsError && ['REFUSED', 'NO_SOCKET'].includes(error.code) ? 'refused' : 'silent'
  } finally {
    await http.close()
  }
}
