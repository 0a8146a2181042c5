export interface RouteErrorOptions {
  /** Text instead of JSON, as the server's framework refuses bad input. */
  plain?: boolean
  /** Members beside `error` in the JSON. */
  facts?: Record<string, unknown>
}

/** An answer other than success, with the server's words. */
export class RouteError extends Error {
  readonly status: number
  readonly plain: boolean
  readonly facts: Record<string, unknown>

  constructor(status: number, message: string, {plain = false, facts = {}}: RouteErrorOptions = {}) {
    super(message)
    this.status = status
    this.plain = plain
    this.facts = facts
  }
}
