import {cp, mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {manifestRows, outside, plant, recorded, transferRows} from '../../clients/artifact/matrix.ts'
import {crate} from './crate.ts'

/** The crate's verdicts on the very inputs that our own tests use: they are the ones that were recorded. */
describe.each([
  ['0.8', 'addressed'], ['0.5', 'fixed'],
] as const)('the real crate %s gives the recorded verdict', (version, layout) => {
  const matrix = recorded(version)
  let root: string
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'opsdeck-matrix-'))
    await cp(new URL('../../fixtures/artifact/artifacts/append-log-rev5', import.meta.url), outside, {recursive: true})
  })
  afterAll(async () => {
    for (const folder of [root, outside]) await rm(folder, {recursive: true, force: true})
  })
  const verdict = async (...words: string[]) => {
    const answer = await crate(...words, '--wire', version)
    return answer['ok'] === true ? 'accepted' : 'REFUSED'
  }

  test.each(Object.keys(manifestRows))('on the manifest: %s', async row => {
    await plant(root, 'm', manifestRows[row]!)
    expect(await verdict('manifest', `file://${root}`, 'm')).toBe(matrix.manifest[row]!.replace(/[: ].*/s, ''))
  })

  test.each(Object.keys(transferRows))('on the payload: %s', async row => {
    const {manifest, tar} = transferRows[row]!
    await plant(root, 't', manifest, tar, layout)
    const out = join(root, 'out')
    expect(await verdict('import', `file://${root}`, 't', out)).toBe(
      matrix.transfer[row]!.import === 'ok' ? 'accepted' : 'REFUSED',
    )
    await rm(out, {recursive: true, force: true})
  })
})
