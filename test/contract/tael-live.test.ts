import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {ShardGroup} from '../../src/sandbox/tael/group.ts'
import type {TaelNode} from '../../src/sandbox/tael/node.ts'
import {recordsOf} from '../../src/sandbox/tael/seed.ts'
import {startNode, startWorld} from '../helpers/sandbox-tael.ts'
import {taelAloneContract, taelClusterContract} from './tael-cluster.ts'
import {taelLiveContract} from './tael-live.ts'
import type {LiveNode} from './tael-node.ts'
import {taelOverrunContract} from './tael-overrun.ts'
import {taelWalContract} from './tael-wal.ts'

const liveNode = (node: TaelNode, walDir: string): LiveNode => ({
  url: node.url, walDir,
  ingest: seed => node.take(recordsOf(seed, Date.now())),
  kill: () => node.kill(), revive: () => node.revive(), freeze: () => node.freeze(),
})

const alone = async (pace: number) => {
  const {node, walDir, close} = await startNode({pace})
  return {node: liveNode(node, walDir), pace, close}
}

taelLiveContract('the sandbox', () => alone(200))
taelOverrunContract('the sandbox', () => alone(1))
taelWalContract('the sandbox', () => alone(1))

taelClusterContract('the sandbox', async () => {
  const pace = 3
  const dir = await mkdtemp(join(tmpdir(), 'opsdeck-group-'))
  const group = await ShardGroup.start({name: 'shard-a', dir, nowMs: () => Date.now(), pace})
  const targets = group.targets()
  const [first, second] = group.nodes.map(({id, node, walDir}): LiveNode => {
    const {kill, revive, freeze} = targets[id]!.actions
    const acts = {kill: async () => kill!(), revive: async () => revive!(), freeze: () => void freeze!()}
    return {...liveNode(node, walDir), ...acts}
  })
  return {
    nodes: [first!, second!], ids: ['shard-a', 'shard-a-standby'], pace,
    close: () => group.close().then(() => rm(dir, {recursive: true, force: true})),
  }
})

taelAloneContract('the sandbox', async () => {
  const [{node, close}, world] = await Promise.all([startNode(), startWorld({empty: true})])
  return {node: node.url, tier: world.tier.url, close: async () => void (await Promise.all([close(), world.close()]))}
})
