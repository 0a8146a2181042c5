import {createServer, type RequestListener, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'

/** `frozen` is a stopped process: the kernel accepts its connections, and nobody answers. `down` is none at all. */
export type Liveness = 'up' | 'frozen' | 'down'

/** An HTTP server that can be frozen and killed, and comes back on the same port. */
export interface SwitchableServer {
  readonly url: string
  readonly state: Liveness
  freeze(): void
  /** Cuts every connection; from now on new ones are refused. */
  kill(): Promise<void>
  /** Thaws or starts it again: a thawed one answers what it was asked meanwhile, as a continued process does. */
  revive(): Promise<void>
  close(): Promise<void>
}

/** Listens on a free port of 127.0.0.1. */
export async function serveSwitchable(listener: RequestListener): Promise<SwitchableServer> {
  const server = new Switchable(listener)
  await server.listen(0)
  return server
}

class Switchable implements SwitchableServer {
  readonly #server: Server
  #state: Liveness = 'up'
  #held: (() => void)[] = []
  #port = 0

  constructor(listener: RequestListener) {
    this.#server = createServer((request, response) => {
      if (this.#state === 'frozen') this.#held.push(() => void (request.destroyed || listener(request, response)))
      else listener(request, response)
    })
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get state(): Liveness {
    return this.#state
  }

  freeze(): void {
    if (this.#state === 'up') this.#state = 'frozen'
  }

  async kill(): Promise<void> {
    this.#state = 'down'
    await this.close()
  }

  async revive(): Promise<void> {
    if (this.#state === 'down') await this.listen(this.#port)
    this.#state = 'up'
    for (const answer of this.#held.splice(0)) answer()
  }

  async close(): Promise<void> {
    this.#held = []
    if (!this.#server.listening) return
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  /** 0 takes a free port. */
  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
    this.#port = (this.#server.address() as AddressInfo).port
  }
}
