import {createServer, type RequestListener} from 'node:http'
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
  let state: Liveness = 'up'
  let held: (() => void)[] = []
  const server = createServer((request, response) => {
    if (state === 'frozen') held.push(() => void (request.destroyed || listener(request, response)))
    else listener(request, response)
  })
  const listen = (port: number) => new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
  const close = async () => {
    held = []
    if (!server.listening) return
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
  await listen(0)
  const {port} = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    get state() {
      return state
    },
    freeze() {
      if (state === 'up') state = 'frozen'
    },
    async kill() {
      state = 'down'
      await close()
    },
    async revive() {
      if (state === 'down') await listen(port)
      state = 'up'
      for (const answer of held.splice(0)) answer()
    },
    close,
  }
}
