import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {runBin} from '../../helpers/cli.ts'
import {startCluster, type RaftCluster} from './start.ts'
import {untilWhole} from './watching.ts'

let cluster: RaftCluster
const home = mkdtempSync(join(tmpdir(), 'opsdeck-members-'))
const env = {OPSDECK_CONFIG: join(home, 'config.yaml'), XDG_STATE_HOME: home}

beforeAll(async () => {
  cluster = await startCluster({callLimitMs: 200})
  await untilWhole(cluster)
}, 90_000)

afterAll(async () => {
  await cluster?.dispose()
  rmSync(home, {recursive: true})
})

/** With the endpoints that the cluster has by now. */
function ctl(...words: string[]) {
  const config = JSON.stringify({current: 'x', contexts: {x: {raft: {endpoints: cluster.endpoints}}}})
  writeFileSync(env.OPSDECK_CONFIG, config, {mode: 0o600})
  return runBin('ctl', ['raft', ...words], {env})
}

const known = async () => {
  const {items} = JSON.parse((await ctl('members', '-o', 'json')).stdout)
  return items.map(({id, kind, by}: {id: number; kind: string; by: number[]}) => `${id} ${kind} ${by.join()}`)
}

test('two learners join and become voters; a restarted node goes back to its file, which is told', async () => {
  await cluster.join()
  expect((await ctl('wait', '--for', 'members=4', '--within', '30s')).code).toBe(0)
  await expect.poll(known, {timeout: 20_000}).toContain('4 learner 1,2,3')
  expect(await ctl('status')).toMatchObject({stdout: expect.stringMatching(/4 +127\.0\.0\.1:\d+ +ready +learner/)})
  await cluster.join()
  expect((await ctl('wait', '--for', 'members=5', '--within', '30s')).code).toBe(0)
  await expect.poll(known, {timeout: 20_000}).toEqual([1, 2, 3, 4, 5].map(id => `${id} voter 1,2,3,4,5`))

  // A node that has written down what it applied does not read the change in its log again when it restarts.
  expect((await ctl('status', '--probe-write')).code).toBe(0)
  const leader = Number((await ctl('leader', '-o', 'name')).stdout)
  const restarted = leader === 1 ? 2 : 1
  await cluster.terminate(restarted)
  cluster.restart(restarted)
  await expect.poll(async () => (await ctl('status')).stderr, {timeout: 30_000})
    .toContain('the nodes disagree on the membership')
  const others = [1, 2, 3, 4, 5].filter(id => id !== restarted).join()
  expect(await known()).toEqual([
    ...[1, 2, 3].map(id => `${id} voter 1,2,3,4,5`), `4 voter ${others}`, `5 voter ${others}`,
  ])
})
