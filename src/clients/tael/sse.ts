/** Splits a stream of server-sent events into the data of its messages; feed it chunks as they come. */
export class SseParser {
  readonly #decoder = new TextDecoder()
  #rest = ''
  #data: string[] = []

  push(chunk: Uint8Array): string[] {
    this.#rest += this.#decoder.decode(chunk, {stream: true})
    const lines = this.#rest.split('\n')
    this.#rest = lines.pop()!
    const messages: string[] = []
    for (const raw of lines) {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
      if (line === '') {
        if (this.#data.length > 0) messages.push(this.#data.join('\n'))
        this.#data = []
      } else if (line.startsWith('data:')) {
        this.#data.push(line.slice(line.startsWith('data: ') ? 6 : 5))
      }
    }
    return messages
  }
}
