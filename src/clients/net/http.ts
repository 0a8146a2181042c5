import type {Client, Dispatcher, Pool} from 'undici'
import {backoffMs, systemClock, withDeadline, type Clock} from './deadline.ts'
import {UsageError, type OpsError} from './errors.ts'
import {busyError, httpError, worthAnotherTry} from './http-errors.ts'

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
  return new HttpClient(options)
}

class HttpClient implements Http {
  readonly #options: HttpOptions
  readonly #target: Target
  #connection: Promise<Client | Pool> | undefined

  constructor(options: HttpOptions) {
    this.#options = options
    this.#target = parseTarget(options.url)
  }

  get endpoint(): string {
    return this.#target.shown
  }

  async request(request: HttpRequest): Promise<HttpAnswer> {
    const {retries, onRetry, clock = systemClock, random = Math.random} = this.#options
    const safe = request.safe ?? (request.method ?? 'GET') === 'GET'
    for (let attempt = 0; ; attempt += 1) {
      const result = await this.#once(request).catch((error: unknown) => httpError(error, this.endpoint))
      const error = result instanceof Error ? result : busyError(result.status, this.endpoint)
      if (!(error && safe && attempt < retries && worthAnotherTry(error))) {
        if (result instanceof Error) throw result
        return result
      }
      const waitMs = backoffMs(attempt, random)
      onRetry?.(attempt + 1, waitMs, error)
      await clock.sleep(waitMs, request.signal)
    }
  }

  async stream(request: HttpRequest & {idleTimeoutMs: number}): Promise<HttpStream> {
    const controller = new AbortController()
    request.signal?.addEventListener('abort', () => controller.abort(request.signal?.reason), {once: true})
    try {
      const answer = await this.#inTime(request, async signal => {
        const stop = () => controller.abort(signal.reason)
        signal.addEventListener('abort', stop, {once: true})
        try {
          return await this.#dispatch(request, controller.signal, request.idleTimeoutMs)
        } finally {
          signal.removeEventListener('abort', stop)
        }
      })
      return {status: answer.statusCode, headers: flatten(answer.headers), body: chunks(answer.body, this.endpoint)}
    } catch (error) {
      throw httpError(error, this.endpoint)
    }
  }

  async close(): Promise<void> {
    await (await this.#connection)?.destroy()
  }

  #once(request: HttpRequest): Promise<HttpAnswer> {
    return this.#inTime(request, async signal => {
      const answer = await this.#dispatch(request, signal)
      return {
        status: answer.statusCode,
        headers: flatten(answer.headers),
        contentType: mediaType(answer.headers['content-type']),
        text: await answer.body.text(),
      }
    })
  }

  #inTime<T>({method = 'GET', timeoutMs, signal}: HttpRequest, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return withDeadline(
      `${method} ${this.endpoint}`, timeoutMs ?? this.#options.timeoutMs, signal, work, this.endpoint,
    )
  }

  async #dispatch(request: HttpRequest, signal: AbortSignal, idleTimeoutMs = 0): Promise<Dispatcher.ResponseData> {
    this.#connection ??= connect(this.#target, this.#options)
    return (await this.#connection).request({
      method: request.method ?? 'GET',
      path: this.#target.prefix + request.path + queryText(request.query),
      headers: {...this.#options.headers, ...request.headers},
      body: request.body,
      bodyTimeout: idleTimeoutMs,
      signal,
    })
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
    throw httpError(error, shown)
  }
}
