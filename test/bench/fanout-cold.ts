// A process of its own: the first and a later answer of the servers at these ports, in milliseconds.
import {systemClock} from '../../src/clients/net/deadline.ts'
import {createTaelClient} from '../../src/clients/tael/client.ts'
import {fanoutClient} from '../../src/clients/tael/fanout.ts'

const clients = process.argv.slice(2).map((port, n) => ({
  name: `s${n}`, client: createTaelClient({url: `http://127.0.0.1:${port}`, timeoutMs: 5_000, connectTimeoutMs: 1_000, retries: 0}),
}))
const client = clients.length === 1 ? clients[0]!.client : fanoutClient(clients, systemClock, () => {})
const took: number[] = []
for (let run = 0; run < 4; run += 1) {
  const startedAt = performance.now()
  if ((await client.spans({limit: 100})).value.length !== 100) throw new Error('spans are missing')
  took.push(performance.now() - startedAt)
}
await client.close()
process.stdout.write(JSON.stringify({cold: took[0], warm: took.at(-1)}))
