import {taelLiveContract} from '../../contract/tael-live.ts'
import {livePeer} from './live-node.ts'
import {dispose, startTael} from './start.ts'

taelLiveContract('tael 0.5.15', async () => {
  const node = await startTael()
  return {node: livePeer(node), pace: 1, close: () => dispose(node)}
})
