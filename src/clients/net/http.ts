import type {Client, Dispatcher, Pool} from 'undici'
import {backoffMs, systemClock, withDeadline, type Clock} from './deadline.ts'
import {UnauthorizedError, UnreachableError, UsageError, OpsError} from './errors.ts'

export interface HttpOptions {
  /** `http://host:port[/prefix]`, `https://…`, or `unix:///path/of/socket`. */
  url: string
  /** Sent with every request; values are never shown. */
  headers?: Record<string, string>
  /** One whole request, body included. */
  timeoutMs: number
  connectTimeoutMs: number
  /** How often a safe request is tried again after 502, 503, 504 or a failed connection set-up. */
  retries: number
  tls?: {ca?: string; cert?: string; key?: string; servername?: string}
  /** Connections to the server at most; more than one lets requests overtake each other. */
  connections?: number
  clock?: Clock
  random?: () => number
  /** Told before each new try, for `-v`. */
  onRetry?: (attempt: number, waitMs: number, error: OpsError) => void
}

export interface HttpRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  /** Pairs, so that a key can be repeated; undefined values are left out. */
  query?: Iterable<readonly [string, string | number | boolean | undefined]>
  headers?: Record<string, string>
  body?: string | Uint8Array
  signal?: AbortSignal
  timeoutMs?: number
  /** Whether sending it twice is harmless; default only for GET. */
  safe?: boolean
}

export interface HttpAnswer {
  status: number
  headers: Record<string, string>
  /** Media type without parameters, lower case; '' when absent. */
  contentType: string
  text: string
}

export interface HttpStream {
  status: number
  headers: Record<string, string>
  body: AsyncIterable<Uint8Array>
}

export interface Http {
  /** Where it talks to, for messages: never holds a secret. */
  readonly endpoint: string
  request(request: HttpRequest): Promise<HttpAnswer>
  /** Headers within the time limit, then the body as it comes; `idleTimeoutMs` bounds the silence between chunks. */
  stream(request: HttpRequest & {idleTimeoutMs: number}): Promise<HttpStream>
  close(): Promise<void>
}

/** A small HTTP client for one server. Statuses are answers, not errors; only silence and cuts throw. */
export function createHttp(options: HttpOptions): Http {
  const target = parseTarget(options.url)
  const clock = options.clock ?? systemClock
  const random = options.random ?? Math.random
  let pool: Promise<Client | Pool> | undefined
  const connection = () => (pool ??= connect(target, options))

  const once = (request: HttpRequest): Promise<HttpAnswer> =>
    withDeadline(`${request.method ?? 'GET'} ${target.shown}`, request.timeoutMs ?? options.timeoutMs, request.signal,
      async signal => {
        const answer = await dispatch(await connection(), target, options, request, signal)
        return {
          status: answer.statusCode,
          headers: flatten(answer.headers),
          contentType: mediaType(answer.headers['content-type']),
          text: await answer.body.text(),
        }
      }, target.shown)

  return {
    endpoint: target.shown,
    async request(request) {
      const safe = request.safe ?? (request.method ?? 'GET') === 'GET'
      for (let attempt = 0; ; attempt += 1) {
        const result = await once(request).catch((error: unknown) => asOpsError(error, target.shown))
        const error = result instanceof Error ? result : busy(result, target.shown)
        if (!(error && safe && attempt < options.retries && worthAnotherTry(error))) {
          if (result instanceof Error) throw result
          return result
        }
        const waitMs = backoffMs(attempt, random)
        options.onRetry?.(attempt + 1, waitMs, error)
        await clock.sleep(waitMs, request.signal)
      }
    },
    async stream(request) {
      const controller = new AbortController()
      request.signal?.addEventListener('abort', () => controller.abort(request.signal?.reason), {once: true})
      try {
        const answer = await withDeadline(`GET ${target.shown}`, request.timeoutMs ?? options.timeoutMs, request.signal,
          async signal => {
            const stop = () => controller.abort(signal.reason)
            signal.addEventListener('abort', stop, {once: true})
            try {
              return await dispatch(
                await connection(), target, options, request, controller.signal, request.idleTimeoutMs,
              )
            } finally {
              signal.removeEventListener('abort', stop)
            }
          }, target.shown)
        return {status: answer.statusCode, headers: flatten(answer.headers), body: chunks(answer.body, target.shown)}
      } catch (error) {
        throw asOpsError(error, target.shown)
      }
    },
    async close() {
      await (await pool)?.destroy()
    },
  }
}

interface Target {
  origin: string
  prefix: string
  socketPath: string | undefined
  shown: string
}

function parseTarget(url: string): Target {
  if (url.startsWith('unix://')) {
    const socketPath = url.slice('unix://'.length)
    if (!socketPath.startsWith('/')) throw new UsageError(`"${url}" needs an absolute path: unix:///path/of/socket`)
    return {origin: 'http://localhost', prefix: '', socketPath, shown: url}
  }
  const parsed = URL.parse(url)
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol)) {
    throw new UsageError(`"${url}" is not a server address`, {
      hint: 'Use http://host:port, https://host:port or unix:///path.',
    })
  }
  if (parsed.username || parsed.password) {
    throw new UsageError('a server address must not hold a user name or password', {
      hint: 'Use a key reference instead.',
    })
  }
  const prefix = parsed.pathname.replace(/\/+$/, '')
  return {origin: parsed.origin, prefix, socketPath: undefined, shown: parsed.origin + prefix}
}

async function connect(target: Target, options: HttpOptions): Promise<Client | Pool> {
  const {Client, Pool} = await import('./undici.ts')
  const settings = {
    allowH2: false,
    connect: {timeout: options.connectTimeoutMs, socketPath: target.socketPath, ...options.tls},
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 4_000,
  }
  const many = options.connections ?? 1
  return many > 1 ? new Pool(target.origin, {...settings, connections: many}) : new Client(target.origin, settings)
}

function dispatch(
  connection: Client | Pool,
  target: Target,
  options: HttpOptions,
  request: HttpRequest,
  signal: AbortSignal,
  idleTimeoutMs = 0,
): Promise<Dispatcher.ResponseData> {
  return connection.request({
    method: request.method ?? 'GET',
    path: target.prefix + request.path + queryText(request.query),
    headers: {...options.headers, ...request.headers},
    body: request.body,
    bodyTimeout: idleTimeoutMs,
    signal,
  })
}

function queryText(query: HttpRequest['query']): string {
  const pairs: string[] = []
  for (const [key, value] of query ?? []) {
    if (value !== undefined) pairs.push(`${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`)
  }
  return pairs.length > 0 ? `?${pairs.join('&')}` : ''
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value ?? '')]))
}

function mediaType(header: string | string[] | undefined): string {
  return String(header ?? '').split(';')[0]!.trim().toLowerCase()
}

async function* chunks(body: AsyncIterable<Uint8Array>, shown: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk
  } catch (error) {
    throw asOpsError(error, shown)
  }
}

/** 502 to 504 say that the request did not reach the application. */
function busy(answer: HttpAnswer, endpoint: string): OpsError | undefined {
  if (![502, 503, 504].includes(answer.status)) return undefined
  return new UnreachableError(`${endpoint} answered ${answer.status}`, {code: 'UNAVAILABLE', endpoint})
}

/**
 * A refused port answers for itself at once and a timeout has used up its time; a connection that closed
 * without an answer may be a crash that the request caused. None of them is tried again.
 */
function worthAnotherTry(error: OpsError): boolean {
  return ['UNAVAILABLE', 'CONNECT_TIMEOUT', 'RESET'].includes(error.code)
}

/** True when the request certainly never left: a write that failed so did not happen. */
export function neverSent(error: unknown): boolean {
  return error instanceof OpsError && ['REFUSED', 'DNS', 'CONNECT_TIMEOUT', 'TLS', 'NO_SOCKET'].includes(error.code)
}

const byCode: Record<string, [code: string, text: string, hint?: string]> = {
  ECONNREFUSED: ['REFUSED', 'nothing listens there', 'Is the server running, and is this its port?'],
  ENOENT: ['NO_SOCKET', 'no such socket file'],
  EACCES: ['NO_SOCKET', 'no permission to open the socket'],
  ENOTFOUND: ['DNS', 'the name does not resolve'],
  EAI_AGAIN: ['DNS', 'name resolution failed'],
  EHOSTUNREACH: ['NO_ROUTE', 'no route to the host'],
  ENETUNREACH: ['NO_ROUTE', 'no route to the network'],
  UND_ERR_CONNECT_TIMEOUT: ['CONNECT_TIMEOUT', 'no connection in time'],
  ETIMEDOUT: ['CONNECT_TIMEOUT', 'no connection in time'],
  UND_ERR_BODY_TIMEOUT: ['SILENT', 'the stream went silent'],
  UND_ERR_SOCKET: ['CLOSED', 'the server closed the connection without a whole answer'],
  ECONNRESET: ['CLOSED', 'the server reset the connection'],
  EPIPE: ['CLOSED', 'the server closed the connection'],
}

function asOpsError(error: unknown, endpoint: string): OpsError {
  if (error instanceof OpsError) return error
  const cause = error as {code?: string; message?: string; name?: string; errors?: {code?: string}[]}
  if (cause.name === 'AbortError') return new OpsError('ABORTED', 1, 'stopped', {endpoint, cause: error})
  const code = cause.code ?? cause.errors?.[0]?.code ?? ''
  const known = byCode[code]
  if (known) return new UnreachableError(`${endpoint}: ${known[1]}`, {
    code: known[0], hint: known[2], endpoint, cause: error,
  })
  if (/^(ERR_TLS|ERR_SSL|CERT_|UNABLE_|SELF_SIGNED|DEPTH_ZERO|EPROTO)/.test(code)) {
    return new UnreachableError(`${endpoint}: TLS failed: ${cause.message}`, {code: 'TLS', endpoint, cause: error})
  }
  return new UnreachableError(`${endpoint}: ${cause.message ?? 'the request failed'}`, {
    code: 'HTTP', endpoint, cause: error,
  })
}

/** 401 and 403 as an error that repeats the server's own words. */
export function unauthorized(answer: HttpAnswer, endpoint: string, hint: string, words: string): UnauthorizedError {
  const said = words || (answer.status === 401 ? 'no or unknown credentials' : 'not allowed')
  return new UnauthorizedError(`${endpoint} answered ${answer.status}: ${said}`, {endpoint, hint})
}
