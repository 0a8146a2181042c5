import {Shard} from '../../src/sandbox/tael/store.ts'
import {seedRecords} from '../../src/sandbox/tael/seed.ts'
import {serveTael} from '../../src/sandbox/tael/server.ts'
import {startTaelWorld} from '../../src/sandbox/tael/world.ts'
import {taelContract} from './tael.ts'

taelContract('the sandbox, one node', async () => {
  const store = new Shard()
  store.add(seedRecords(Date.now()))
  const server = await serveTael(store, () => Date.now())
  return {url: server.url, isTier: false, close: () => server.close()}
})

taelContract('the sandbox, a query tier over two shards', async () => {
  const world = await startTaelWorld({nowMs: () => Date.now()})
  return {url: world.tier.url, isTier: true, close: () => world.close()}
})
