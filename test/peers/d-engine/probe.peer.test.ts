import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openNodes} from '../../../src/clients/raft/node.ts'
import {runBin} from '../../helpers/cli.ts'
import {startCluster, type RaftCluster} from './start.ts'
import {optionsOf, untilWhole} from './watching.ts'

let cluster: RaftCluster
let leaderId: number
const home = mkdtempSync(join(tmpdir(), 'opsdeck-probe-'))
const env = {OPSDECK_CONFIG: join(home, 'config.yaml'), XDG_STATE_HOME: home}

beforeAll(async () => {
  cluster = await startCluster()
  leaderId = (await untilWhole(cluster)).id
  const config = JSON.stringify({current: 'x', contexts: {x: {raft: {endpoints: cluster.endpoints}}}})
  writeFileSync(env.OPSDECK_CONFIG, config, {mode: 0o600})
}, 90_000)

afterAll(async () => {
  await cluster?.dispose()
  rmSync(home, {recursive: true})
})

/** `ctl raft status --probe-write`, and the probe in its document. */
async function probe() {
  const ran = await runBin('ctl', ['raft', 'status', '--probe-write', '-o', 'json'], {env})
  return {code: ran.code, document: JSON.parse(ran.stdout)}
}

test('a cluster that applies what is written', async () => {
  const {code, document} = await probe()
  expect({code, probe: document.probe}).toMatchObject({code: 0, probe: {node: leaderId, stateMachine: 'applies'}})
  expect(document.probe.revisionAfter).toBe(document.probe.revisionBefore + 1)
})

test('a state machine that stands still has a quorum and no proven leader; the probe says so', async () => {
  // One write with a ttl to nodes whose leases are off stops the state machine of all of them.
  const leader = openNodes(optionsOf(cluster)).find(({id}) => id === leaderId)!
  const insert = {key: Buffer.from('/stuck'), value: Buffer.from('x'), ttlSecs: 60n}
  await expect(leader.call('write', {command: {insert}})).rejects.toMatchObject({code: 4})
  leader.close()
  const status = await runBin('ctl', ['raft', 'status', '-o', 'json'], {env})
  expect(status.code).toBe(9)
  expect(JSON.parse(status.stdout)).toMatchObject({leader: null, quorum: true})
  expect(status.stderr).toContain(`node ${leaderId} leads a quorum but serves no linearizable read`)
  const {code, document} = await probe()
  expect({code, probe: document.probe}).toMatchObject({code: 9, probe: {stateMachine: 'stuck'}})
  expect(document.problems.join()).toContain('the state machine stands still at revision')
  const leaderCommand = await runBin('ctl', ['raft', 'leader'], {env})
  expect({code: leaderCommand.code, stdout: leaderCommand.stdout}).toEqual({code: 9, stdout: ''})
})
