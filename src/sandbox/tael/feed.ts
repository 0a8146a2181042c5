import type {ServerResponse} from 'node:http'
import {sorted} from './records.ts'

/** What a subscriber gets of a message; undefined is nothing. */
export type Filter = (message: string) => string | undefined

export interface FeedOptions {
  /** Messages that wait for a slow reader at most; beyond it the oldest are dropped, silently. */
  capacity: number
  /** After so much silence a comment is sent. */
  keepAliveMs: number
  /** A frozen process sends no comments either. */
  isFrozen: () => boolean
}

/** A broadcast of text messages to event streams, without history: as the server's live feeds are. */
export class Feed {
  readonly #options: FeedOptions
  readonly #streams = new Set<EventStream>()

  constructor(options: FeedOptions) {
    this.#options = options
  }

  publish(message: string): void {
    for (const stream of this.#streams) stream.take(message)
  }

  /** Answers with an event stream that goes on until its reader leaves or `cut`. */
  open(response: ServerResponse, filter: Filter = message => message): void {
    response.writeHead(200, {'content-type': 'text/event-stream', 'cache-control': 'no-cache'})
    response.flushHeaders()
    const stream = new EventStream(response, filter, this.#options)
    this.#streams.add(stream)
    response.once('close', () => {
      stream.stop()
      this.#streams.delete(stream)
    })
  }

  /** How many follow it. */
  get readers(): number {
    return this.#streams.size
  }
}

class EventStream {
  readonly #response: ServerResponse
  readonly #filter: Filter
  readonly #capacity: number
  readonly #keepAlive: NodeJS.Timeout
  #waiting: string[] = []

  constructor(response: ServerResponse, filter: Filter, {capacity, keepAliveMs, isFrozen}: FeedOptions) {
    this.#response = response
    this.#filter = filter
    this.#capacity = capacity
    this.#keepAlive = setInterval(() => {
      if (!isFrozen() && !response.writableNeedDrain) response.write(':\n\n')
    }, keepAliveMs).unref()
    response.on('drain', () => this.#send())
  }

  take(message: string): void {
    this.#waiting.push(message)
    if (this.#waiting.length > this.#capacity) this.#waiting.shift()
    this.#send()
  }

  stop(): void {
    clearInterval(this.#keepAlive)
  }

  #send(): void {
    while (this.#waiting.length > 0 && !this.#response.writableNeedDrain) {
      const data = this.#filter(this.#waiting.shift()!)
      if (data === undefined) continue
      this.#response.write(`data: ${data}\n\n`)
      this.#keepAlive.refresh()
    }
  }
}

/** Batches with the records whose fields equal these; exact, and an empty rest is nothing. No wish takes all. */
export function batchFilter(wanted: Record<string, string | undefined>): Filter {
  const tests = Object.entries(wanted).filter(([, value]) => value !== undefined)
  if (tests.length === 0) return message => message
  return message => {
    const batch = JSON.parse(message) as Record<string, unknown>[]
    const records = batch.filter(record => tests.every(([key, value]) => record[key] === value))
    return records.length === 0 ? undefined : JSON.stringify(sorted(records))
  }
}
