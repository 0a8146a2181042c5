import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {bothWays, clientOf, makeArtifacts, publisherRace, type BothWays} from './crate.ts'
import {faultCases} from './faults.ts'
import {startMoto, startS3} from './start.ts'

const positions = [11, 12, 13, 14, 15, 16, 17, 18]

test('50 rounds of 8 publishers, every other one the crate: the pointer only rises, to the highest', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'opsdeck-artifact-'))
  const peer = await startS3()
  const client = await clientOf(peer)
  try {
    await makeArtifacts(dir, positions)
    for (let round = 0; round < 50; round += 1) {
      const seen = await publisherRace(
        peer,
        client,
        dir,
        `race/${round}`,
        positions.toSorted(() => Math.random() - 0.5),
      )
      expect(seen).toEqual(seen.toSorted((a, b) => Number(a - b)))
      expect(seen.at(-1)).toBe(18n)
    }
  } finally {
    await client.close()
    await peer.stop()
    await rm(dir, {recursive: true, force: true})
  }
})

const gibibyte = 1_073_741_824

test.each<BothWays>([
  {name: 'append log', files: 1, bytes: gibibyte, wire: '0.8'},
  {name: 'append log, layout 0.5', files: 1, bytes: gibibyte, wire: '0.5'},
  {name: 'fjall', files: 4, bytes: gibibyte, wire: '0.8'},
  {name: 'fjall, layout 0.5', files: 4, bytes: gibibyte, wire: '0.5'},
])('1 GiB, $name: each imports what the other publishes', async each => {
  const dir = await mkdtemp(join(tmpdir(), 'opsdeck-artifact-'))
  const peer = await startS3()
  const client = await clientOf(peer)
  try {
    await bothWays(peer, client, dir, each)
  } finally {
    await client.close()
    await peer.stop()
    await rm(dir, {recursive: true, force: true})
  }
})

describe('faults with a payload of several parts, versitygw', () => faultCases(startS3, 20_000_000))
describe('faults with a payload of several parts, moto', () => faultCases(startMoto, 20_000_000))
