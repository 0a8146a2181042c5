import {recordsOf} from '../../src/sandbox/tael/seed.ts'
import type {TaelNode} from '../../src/sandbox/tael/node.ts'
import {startNode} from '../helpers/sandbox-tael.ts'
import {taelLiveContract} from './tael-live.ts'
import type {LiveNode} from './tael-node.ts'

export const liveNode = (node: TaelNode, walDir: string): LiveNode => ({
  url: node.url, walDir,
  ingest: seed => node.take(recordsOf(seed, Date.now())),
  kill: () => node.kill(), revive: () => node.revive(), freeze: () => node.freeze(),
})

taelLiveContract('the sandbox', async () => {
  const pace = 200
  const {node, walDir, close} = await startNode({pace})
  return {node: liveNode(node, walDir), pace, close}
})
