import {expect, test} from 'vitest'
import {startCluster} from './start.ts'
import {firstAcceptedWrite, startWatching, untilWhole} from './watching.ts'

const rounds = 10

test('a killed leader is gone from the watch within 1 s, the next one there 0.5 s after its first write', async () => {
  const cluster = await startCluster()
  const watching = await startWatching(cluster)
  const figures: {lostMs: number; foundMs: number}[] = []
  try {
    for (let round = 0; round < rounds; round += 1) {
      const before = await untilWhole(cluster)
      await watching.untilLed(before.term)
      const killedAtMs = Date.now()
      await cluster.kill(before.id)
      const writtenAtMs = await firstAcceptedWrite(cluster, before.id)
      const lost = await watching.next(({event}) => event === 'no-leader', killedAtMs)
      const found = await watching.next(({event}) => event === 'leader', lost.atMs)
      expect(found.item!.term).toBeGreaterThan(Number(before.term))
      figures.push({lostMs: lost.atMs - killedAtMs, foundMs: found.atMs - writtenAtMs})
      cluster.restart(before.id)
    }
    for (const {lostMs, foundMs} of figures) console.log(`lost after ${lostMs} ms, found ${foundMs} ms after a write`)
    expect(Math.max(...figures.map(({lostMs}) => lostMs))).toBeLessThanOrEqual(1_000)
    expect(Math.max(...figures.map(({foundMs}) => foundMs))).toBeLessThanOrEqual(500)
  } finally {
    await watching.stop()
    await cluster.dispose()
  }
})
