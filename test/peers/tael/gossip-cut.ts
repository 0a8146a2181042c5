import {createSocket, type Socket} from 'node:dgram'
import {once} from 'node:events'
import {freePorts} from '../../helpers/ports.ts'
import {startTael, type TaelNode} from './start.ts'

/** A pair whose gossip goes through us, so that it can be cut while both nodes live and answer. */
export interface CuttablePair {
  a: TaelNode
  b: TaelNode
  cut(): void
  mend(): void
  /** Ends the way between them; the nodes are the caller's. */
  close(): void
}

/** Two nodes that elect a leader between them; each knows the other only by the address of a relay. */
export async function startCuttablePair(): Promise<CuttablePair> {
  const [listenA, listenB, portA, portB] = (await freePorts(4)) as [number, number, number, number]
  const state = {isCut: false}
  const [toA, toB] = await Promise.all([relay(listenA, state), relay(listenB, state)])
  const node = (
    id: string, port: number, listen: number, own: number, other: number, peer: number,
  ) => startTael({port, env: {
    TAEL_NODE_ID: id, TAEL_CLUSTER_LISTEN: `127.0.0.1:${listen}`, TAEL_CLUSTER_ADVERTISE: `127.0.0.1:${own}`,
    TAEL_CLUSTER_SEEDS: `127.0.0.1:${other}`, TAEL_WAL_STANDBYS: `http://127.0.0.1:${peer}`,
    TAEL_WAL_REQUIRED_ACKS: '1',
  }})
  const [a, b] = await Promise.all([
    node('node-a', portA, listenA, toA.port, toB.port, portB),
    node('node-b', portB, listenB, toB.port, toA.port, portA),
  ])
  return {
    a: a!, b: b!,
    cut: () => void (state.isCut = true),
    mend: () => void (state.isCut = false),
    close: () => [toA, toB].forEach(each => each.close()),
  }
}

/** Passes datagrams on to `target`, and its answers back to whoever they are for. */
async function relay(target: number, state: {isCut: boolean}): Promise<{port: number; close(): void}> {
  const front = createSocket('udp4')
  const backs = new Map<number, Socket>()
  front.on('message', (message, {port}) => {
    if (state.isCut) return
    let back = backs.get(port)
    if (!back) {
      back = createSocket('udp4').on('message', answer => void (state.isCut || front.send(answer, port, '127.0.0.1')))
      backs.set(port, back)
    }
    back.send(message, target, '127.0.0.1')
  })
  front.bind(0, '127.0.0.1')
  await once(front, 'listening')
  return {port: front.address().port, close: () => [front, ...backs.values()].forEach(socket => socket.close())}
}
