import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'

/** What can be done to a part of a running sandbox. */
const actions = ['kill', 'freeze', 'revive', 'lead'] as const
export type Action = (typeof actions)[number]

/** Something of a part that can be broken and mended: a server, a node. */
export interface Target {
  /** What it is now, a word or two: `up`, `frozen`, `down`, `up, leader`. */
  state(): string
  /**
   * The actions that make sense for it. Each is done when it resolves and says why not when it rejects;
   * done twice is no error.
   */
  actions: Partial<Record<Action, () => Promise<void> | void>>
}

/** What a running sandbox says about a target. */
export interface TargetState {
  /** `SYSTEM/NAME`, e.g. `tael/shard-a`. */
  target: string
  state: string
  actions: Action[]
}

/** A control endpoint on loopback: whoever knows the token may break and mend the parts of one sandbox. */
export interface Control {
  url: string
  stop(): Promise<void>
}

interface Answer {
  status: number
  body: unknown
}

const failed = (status: number, error: string): Answer => ({status, body: {error}})

/**
 * Serves `GET /targets` and `POST /targets/SYSTEM/NAME/ACTION`, both with `Authorization: Bearer TOKEN`.
 * A browser's page cannot reach it: it does not know the token.
 */
export async function startControl(targets: ReadonlyMap<string, Target>, token: string): Promise<Control> {
  const server = createServer((request, response) => {
    void answer(targets, token, request).then(reply => respond(response, reply))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function answer(targets: ReadonlyMap<string, Target>, token: string, request: IncomingMessage): Promise<Answer> {
  if (request.headers.authorization !== `Bearer ${token}`) return failed(401, 'unauthorized')
  const {method, url = ''} = request
  if (method === 'GET' && url === '/targets') {
    return {status: 200, body: {items: [...targets].map(([name, target]) => stateOf(name, target))}}
  }
  const [, key = '', action] = /^\/targets\/([^/]+\/[^/]+)\/([^/]+)$/.exec(url) ?? []
  const target = targets.get(key)
  if (method !== 'POST' || !target) return failed(404, 'there is no such target')
  const act = target.actions[action as Action]
  if (!act) return failed(400, `${key} cannot ${action}`)
  try {
    await act()
  } catch (error) {
    return failed(409, (error as Error).message)
  }
  return {status: 200, body: stateOf(key, target)}
}

function stateOf(target: string, {state, actions: able}: Target): TargetState {
  return {target, state: state(), actions: actions.filter(action => able[action])}
}

function respond(response: ServerResponse, {status, body}: Answer): void {
  response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(body))
}
