import {seedRecords} from '../../src/sandbox/tael/seed.ts'
import {startNode, startWorld} from '../helpers/sandbox-tael.ts'
import {taelContract} from './tael.ts'

taelContract('the sandbox, one node', async () => {
  const {node, close} = await startNode()
  await node.take(seedRecords(Date.now()))
  return {url: node.url, isTier: false, close}
})

taelContract('the sandbox, a query tier over two shards', async () => {
  const world = await startWorld()
  return {url: world.tier.url, isTier: true, close: () => world.close()}
})
