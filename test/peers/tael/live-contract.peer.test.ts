import {taelAloneContract, taelClusterContract} from '../../contract/tael-cluster.ts'
import {taelLiveContract} from '../../contract/tael-live.ts'
import {taelOverrunContract} from '../../contract/tael-overrun.ts'
import {taelWalContract} from '../../contract/tael-wal.ts'
import {livePeer} from './live-node.ts'
import {dispose, startPair, startTael, startTier} from './start.ts'

const alone = async () => {
  const node = await startTael()
  return {node: livePeer(node), pace: 1, close: () => dispose(node)}
}

taelLiveContract('tael 0.5.15', alone)
taelOverrunContract('tael 0.5.15', alone)
taelWalContract('tael 0.5.15', alone)

taelClusterContract('tael 0.5.15', async () => {
  const {a, b} = await startPair({TAEL_WAL_REQUIRED_ACKS: '0'})
  return {nodes: [livePeer(a), livePeer(b)], ids: ['node-a', 'node-b'], pace: 1, close: () => dispose(a, b)}
})

taelAloneContract('tael 0.5.15', async () => {
  const node = await startTael()
  const tier = await startTier([node])
  return {node: node.url, tier: tier.url, close: () => dispose(tier, node)}
})
