import {expect, test} from 'vitest'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {openNodes} from '../../../src/clients/raft/node.ts'
import {Policy} from '../../../src/clients/raft/proto.ts'
import {startCluster} from './start.ts'
import {optionsOf, startWatching, untilWhole} from './watching.ts'

const rounds = 8

test('frozen leader, both followers killed, awake again, one follower back: nobody is called proven who is not', async () => {
  const cluster = await startCluster()
  const watching = await startWatching(cluster)
  const figures: {lostMs: number; proofs: number; reads: number}[] = []
  try {
    for (let round = 0; round < rounds; round += 1) {
      const {id, term} = await untilWhole(cluster)
      await watching.untilLed(term)
      const others = Object.keys(cluster.endpoints).map(Number).filter(each => each !== id)
      const frozenAtMs = Date.now()
      cluster.freeze(id)
      await Promise.all(others.map(other => cluster.kill(other)))
      const lost = await watching.next(({event}) => event === 'no-leader', frozenAtMs)
      cluster.thaw(id)
      cluster.restart(others[0]!)
      // Whether a linearizable read passes, asked by somebody else all the while.
      const node = openNodes(optionsOf(cluster)).find(each => each.id === id)!
      let reads = 0
      for (const untilMs = Date.now() + 3_000; Date.now() < untilMs; await systemClock.sleep(20)) {
        reads += await node.call('read', {policy: Policy.linearizable}).then(() => 1, () => 0)
      }
      node.close()
      const proofs = watching.events.filter(({event, atMs}) => event === 'leader' && atMs >= lost.atMs).length
      figures.push({lostMs: lost.atMs - frozenAtMs, proofs, reads})
      cluster.restart(others[1]!)
    }
    for (const {lostMs, proofs, reads} of figures) {
      console.log(`lost after ${lostMs} ms, then ${proofs} proofs where ${reads} reads passed`)
    }
    expect(figures.filter(({proofs, reads}) => proofs > 0 && reads === 0)).toEqual([])
    expect(Math.max(...figures.map(({lostMs}) => lostMs))).toBeLessThanOrEqual(1_500)
  } finally {
    await watching.stop()
    await cluster.dispose()
  }
})
