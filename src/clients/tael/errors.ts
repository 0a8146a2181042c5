import {
  Exit, NotFoundError, OpsError, SystemError, UnauthorizedError, UnreachableError, UsageError,
} from '../net/errors.ts'
import type {HttpAnswer} from '../net/http.ts'

/**
 * A status of tael-server as one of our errors, with the server's own words. Bodies are JSON `{error}`,
 * plain text (refused query strings and bodies) or empty (unknown routes).
 */
export function statusError(answer: HttpAnswer, request: {endpoint: string; path: string; thing?: string}): OpsError {
  const words = serverWords(answer)
  const {endpoint} = request
  const said = words ? `: ${words}` : ''
  switch (answer.status) {
    case 400:
    case 414:
    case 422:
      return new UsageError(`the server refuses the query${said}`, {code: 'BAD_QUERY', endpoint})
    case 401:
    case 403:
      return new UnauthorizedError(`${endpoint} answered ${answer.status}${said}`, {
        endpoint,
        hint: answer.status === 401
          ? 'Set TAEL_API_KEY, or a key reference in the context: ctl context set NAME tael.apiKey=env://NAME'
          : 'This key has another role than the request needs.',
      })
    case 404:
      return words ? new NotFoundError(`${request.thing ?? 'it'} was not found${said}`, {endpoint}) : noRoute(request)
    case 503:
      return new UnreachableError(`${endpoint} is not ready${said}`, {code: 'UNAVAILABLE', endpoint})
    case 500:
      return isUserMistake(words)
        ? new UsageError(`the server refuses the query: ${words}`, {code: 'BAD_QUERY', endpoint})
        : new SystemError(`the server failed${said}`, {endpoint})
    default:
      return new OpsError('HTTP_STATUS', Exit.failure, `${endpoint} answered ${answer.status}${said}`, {endpoint})
  }
}

function noRoute({endpoint, path}: {endpoint: string; path: string}): SystemError {
  const hint = 'It is older than 0.5.15, or not a tael server.'
  return new SystemError(`this server has no ${path}`, {code: 'NO_ROUTE', endpoint, hint})
}

/** A full-text query that does not parse is reported by the server as its own failure. */
function isUserMistake(words: string): boolean {
  return /^(Syntax Error|Field does not exist|Unknown field|.*query parser)/i.test(words)
}

/** What the server said, in one line; '' when it said nothing. */
function serverWords(answer: HttpAnswer): string {
  if (answer.contentType === 'application/json') {
    try {
      const {error} = JSON.parse(answer.text) as {error?: unknown}
      if (typeof error === 'string') return error
    } catch {
      // not JSON after all: shown as text below
    }
  }
  return answer.text.slice(0, 500).trim()
}
