import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {clientOf, makeArtifacts, publisherRace} from './crate.ts'
import {startS3} from './start.ts'

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
