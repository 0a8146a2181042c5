import type {Change, Outcome} from '../net/change.ts'
import {Reader} from '../net/decode.ts'
import {NotFoundError, OpsError, SystemError, UsageError} from '../net/errors.ts'
import {createHttp, type Http, type HttpRequest} from '../net/http.ts'
import {neverSent} from '../net/http-errors.ts'
import {parseJson, type Json} from '../net/json.ts'
import type {TaelOptions} from './client.ts'
import {statusError} from './errors.ts'

export type Sink = {kind: 'webhook'; url: string} | {kind: 'exec'; command: string}

export interface AlertRule {
  name: string
  query: string
  forSeconds: number
  windowSeconds: number
  sinks: Record<string, unknown>[]
  description: string | null
  createdAt: string
  state: string
}

export interface AlertEvent {
  rule: string
  state: string
  previousState: string
  at: string
  query: string
  matched: Record<string, unknown>[]
  description: string | null
}

export interface NewAlert {
  name: string
  query: string
  forSeconds: number
  windowSeconds: number | undefined
  sinks: Sink[]
  description: string | undefined
}

/** Alert rules and events of one server. A query tier takes rules, but they never fire there. */
export interface AlertsClient {
  readonly endpoint: string
  rules(signal?: AbortSignal): Promise<{document: Json; value: AlertRule[]}>
  events(limit: number, signal?: AbortSignal): Promise<{document: Json; value: AlertEvent[]}>
  planCreate(alert: NewAlert): Change<{name: string; query: string}>
  planDelete(name: string): Promise<Change<{name: string}>>
  close(): Promise<void>
}

const path = '/api/v1/alerts'

export function createAlertsClient({apiKey, ...options}: TaelOptions): AlertsClient {
  const http = createHttp({
    ...options, headers: {accept: 'application/json', ...(apiKey ? {authorization: `Bearer ${apiKey}`} : {})},
  })
  const rules = async (signal?: AbortSignal) => {
    const document = await ask(http, {path, signal})
    return {document, value: new Reader(document, 'answer').list('alerts', decodeRule)}
  }
  return {
    endpoint: http.endpoint,
    rules,
    async events(limit, signal) {
      const document = await ask(http, {path: `${path}/events`, query: [['limit', limit]], signal})
      return {document, value: new Reader(document, 'answer').list('events', decodeAlertEvent)}
    },
    planCreate: alert => planCreate(http, alert, rules),
    async planDelete(name) {
      const before = (await rules()).value.find(rule => rule.name === name)
      if (!before) throw new NotFoundError(`there is no alert rule "${name}"`, {
        endpoint: http.endpoint, hint: 'tael alert list shows the names.',
      })
      return planDelete(http, name, before, rules)
    },
    close: () => http.close(),
  }
}

async function ask(http: Http, request: HttpRequest, thing?: string): Promise<Json> {
  const answer = await http.request(request)
  if (answer.status < 200 || answer.status > 299) throw statusError(answer, {
    endpoint: http.endpoint, path: request.path, thing,
  })
  try {
    return parseJson(answer.text)
  } catch (cause) {
    throw new SystemError(`${http.endpoint} did not answer with JSON`, {
      code: 'NOT_JSON', endpoint: http.endpoint, cause,
    })
  }
}

function decodeRule(value: Json, at: string): AlertRule {
  const from = new Reader(value, at)
  return {
    name: from.string('name'), query: from.string('query'), forSeconds: from.number('for_seconds'),
    windowSeconds: from.number('window_seconds'), sinks: (from.object['sinks'] ?? []) as Record<string, unknown>[],
    description: from.stringOrNull('description'), createdAt: from.string('created_at'), state: from.string('state'),
  }
}

export function decodeAlertEvent(value: Json, at = 'event'): AlertEvent {
  const from = new Reader(value, at)
  return {
    rule: from.string('rule'), state: from.string('state'), previousState: from.string('previous_state'),
    at: from.string('at'),
    query: from.string('query'), matched: (from.object['matched'] ?? []) as Record<string, unknown>[],
    description: from.has('description') ? from.stringOrNull('description') : null,
  }
}

/** `webhook=URL` or `exec=COMMAND`, as the Rust CLI spells them. */
export function parseSink(text: string): Sink {
  const [, kind, target = ''] = /^(webhook|exec)=(.*)$/s.exec(text) ?? []
  if (kind === 'webhook' && /^https?:\/\/./.test(target.trim())) return {kind, url: target.trim()}
  if (kind === 'exec' && target.trim()) return {kind, command: target.trim()}
  throw new UsageError(`"${text}" is not a sink`, {hint: 'Write webhook=https://host/path or exec=COMMAND.'})
}

type Rules = (signal?: AbortSignal) => Promise<{value: AlertRule[]}>

function planCreate(http: Http, alert: NewAlert, rules: Rules): Change<{name: string; query: string}> {
  const content = JSON.stringify({
    name: alert.name, query: alert.query, for_seconds: alert.forSeconds, window_seconds: alert.windowSeconds,
    sinks: alert.sinks, description: alert.description,
  })
  const commands = alert.sinks.filter(sink => sink.kind === 'exec')
  return {
    system: 'tael', action: 'create alert', target: alert.name, before: undefined, after: alert,
    request: `POST ${http.endpoint}${path}\n${content}`,
    warnings: commands.map(
      sink => `"${sink.command}" will run in a shell ON THE SERVER each time the alert changes state`,
    ),
    destructive: commands.length > 0,
    apply: async signal => {
      const send = {method: 'POST', path, body: content, headers: {'content-type': 'application/json'}, signal} as const
      const result = {name: alert.name, query: alert.query}
      return written(
        () => ask(http, send), result, async () => (await rules()).value.find(rule => rule.name === alert.name),
      )
    },
  }
}

function planDelete(http: Http, name: string, before: AlertRule | undefined, rules: Rules): Change<{name: string}> {
  const place = `${path}/${encodeURIComponent(name)}`
  return {
    system: 'tael', action: 'delete alert', target: name, before, after: undefined,
    request: `DELETE ${http.endpoint}${place}`, warnings: [], destructive: true,
    apply: async signal => written(() => ask(http, {method: 'DELETE', path: place, signal}, `alert ${name}`), {name},
      async () => (await rules()).value.find(rule => rule.name === name) ?? 'it is not there'),
  }
}

/** Sends once; when the answer is lost, looks at what is there instead of sending again. */
async function written<T>(send: () => Promise<unknown>, result: T, look: () => Promise<unknown>): Promise<Outcome<T>> {
  try {
    await send()
    return {state: 'done', result}
  } catch (error) {
    if (!(error instanceof OpsError)) throw error
    if (neverSent(error) || error.exit !== 4) return {state: 'not-done', error}
    return {state: 'unknown', error, found: await look().catch(() => undefined)}
  }
}
