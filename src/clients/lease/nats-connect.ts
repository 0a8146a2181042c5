import {AsyncLocalStorage} from 'node:async_hooks'
import {subscribe, unsubscribe} from 'node:diagnostics_channel'
import type {Socket} from 'node:net'
import type {ConnectionOptions, NatsConnection} from '@nats-io/transport-node'
import {natsError} from './nats-errors.ts'

export interface NatsLink {
  connection: NatsConnection
  /** Closes it and every socket that it ever left behind. */
  close(): Promise<void>
}

const channel = 'net.client.socket'
const opened = new AsyncLocalStorage<Set<Socket>>()

/** Rejects as `natsError` says, within the timeout of the options, and leaves nothing that keeps the process alive. */
export async function connectNats(options: ConnectionOptions, endpoint: string): Promise<NatsLink> {
  const {connect} = await import('./nats-library.ts')
  // The client forgets a socket whose server takes connections and says nothing; it would outlive the command.
  const sockets = new Set<Socket>()
  const note = (message: unknown) => {
    if (opened.getStore() !== sockets) return
    for (const socket of sockets) if (socket.destroyed) sockets.delete(socket)
    sockets.add((message as {socket: Socket}).socket)
  }
  const end = () => {
    unsubscribe(channel, note)
    for (const socket of sockets) socket.destroy()
  }
  subscribe(channel, note)
  try {
    const connection = await opened.run(sockets, () => connect({name: 'opsdeck', ...options}))
    return {connection, close: () => connection.close().finally(end)}
  } catch (error) {
    end()
    throw natsError(error, endpoint)
  }
}
