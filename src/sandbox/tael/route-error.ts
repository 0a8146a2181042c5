/** An answer other than 200, with the server's words. `plain` is text, as its framework refuses bad input. */
export class RouteError extends Error {
  readonly status: number
  readonly plain: boolean

  constructor(status: number, message: string, plain = false) {
    super(message)
    this.status = status
    this.plain = plain
  }
}
