export type AnswerHeaders = Record<string, string>

/** A request as the SDK has signed it. */
export interface SignedRequest {
  method: string
  protocol: string
  hostname: string
  port?: number
  path: string
  query?: Record<string, string | string[] | null>
  headers: Record<string, string>
}

/** The head of a GET, as it goes over the wire: exactly what was signed. */
export function requestHead({method, path, query = {}, headers}: SignedRequest): string {
  const words = Object.entries(query).flatMap(([name, value]) =>
    [value ?? []]
      .flat()
      .map(each => `${escapeUri(name)}=${escapeUri(each)}`)
      .concat(value === null ? escapeUri(name) : []),
  )
  const lines = Object.entries({...headers, connection: 'keep-alive'}).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path}${words.length > 0 ? `?${words.join('&')}` : ''} HTTP/1.1\r\n${lines.join('')}\r\n`
}

const escapeUri = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, each => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)

/**
 * The headers of an answer that is plain: HTTP/1.1 206 with exactly the length that was asked for, in one piece.
 * Undefined for every other, so that somebody who knows all of HTTP may look at it.
 */
export function answerHead(text: string, expectedBytes: number): AnswerHeaders | undefined {
  const [status = '', ...lines] = text.split('\r\n')
  if (!/^HTTP\/1\.1 206( |$)/.test(status)) return undefined
  const headers: AnswerHeaders = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 1 || /\s/.test(line[0]!)) return undefined
    const name = line.slice(0, colon).toLowerCase()
    headers[name] = name in headers ? `${headers[name]}, ${line.slice(colon + 1).trim()}` : line.slice(colon + 1).trim()
  }
  const isPlain = headers['content-length'] === String(expectedBytes) && headers['transfer-encoding'] === undefined
    && headers['content-encoding'] === undefined
  return isPlain ? headers : undefined
}
