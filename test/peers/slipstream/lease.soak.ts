import {expect, test} from 'vitest'
import {natsVersions, startNatsVersion} from '../nats/start.ts'
import {crate} from './crate.ts'
import {raceRounds} from './lease-race.ts'

test.each(natsVersions.flatMap(version => [[version, '0.8'], [version, '0.5']] as const))(
  '8 of our processes and 8 of the crate\'s (wire %s %s), 100 rounds: one winner each', async (version, wire) => {
    const peer = await startNatsVersion(version)
    const words = wire === '0.5' ? ['--wire', '0.5'] : []
    try {
      await crate(...words, 'lease-acquire', peer.url, 'leases', 'first', 'crate', '1')
      const rounds = await raceRounds(peer.url, words, 8, 8, 100)
      const ours = rounds.filter(each => each.winners[0]?.startsWith('ours')).length
      console.log(`nats-server ${version}, crate ${wire}: 100 rounds, ${ours} won by us, ${100 - ours} by the crate`)
      expect(rounds.filter(each => each.winners.length !== 1 || each.stored !== each.winners[0])).toEqual([])
      expect(Math.min(ours, 100 - ours)).toBeGreaterThan(10)
    } finally {
      await peer.stop()
    }
  })
