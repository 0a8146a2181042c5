import {createServer, type Server} from 'node:net'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openS3Store} from '../../../src/clients/artifact/s3-store.ts'
import {systemClock} from '../../../src/clients/net/deadline.ts'

/** A store that takes connections and says nothing, as a frozen one does. */
let server: Server
let endpoint: string
let connections = 0
beforeAll(async () => {
  server = createServer(socket => {
    connections += 1
    socket.on('error', () => undefined)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  endpoint = `http://127.0.0.1:${(server.address() as {port: number}).port}`
})
afterAll(() => server.close())

test.each([[0, 1], [2, 3]])('a small call with %i retries asks %i times, each within the time limit, and ends', async (retries, asked) => {
  connections = 0
  const store = await openS3Store({
    url: 's3://bucket/prefix', endpoint, credentials: {accessKeyId: 'a', secretAccessKey: 'b'}, timeoutMs: 150,
    connectTimeoutMs: 1_000, retries, clock: systemClock, random: () => 0,
  })
  const signal = new AbortController().signal
  await expect(store.read('key', 1024, signal)).rejects.toMatchObject({exit: 4})
  expect(connections).toBe(asked)
  await store.close()
})
