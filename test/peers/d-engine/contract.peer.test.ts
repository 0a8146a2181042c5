import {afterAll, beforeAll} from 'vitest'
import {raftContract} from '../../contract/raft.ts'
import {startCluster, type RaftCluster} from './start.ts'

let cluster: RaftCluster
beforeAll(async () => {
  cluster = await startCluster({hasLeases: true, callLimitMs: 400})
})
afterAll(() => cluster?.dispose())

raftContract(() => cluster)
