import {mkdtemp, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {runBin} from '../../helpers/cli.ts'
import {startBadS3, startMoto, startS3, type S3Peer} from './start.ts'

async function doctor(peer: S3Peer): Promise<{code: number; check: Record<string, string>}> {
  const home = await mkdtemp(join(tmpdir(), 'opsdeck-doctor-'))
  try {
    const env = {
      ...peer.env,
      HOME: home,
      OPSDECK_ARTIFACTS_URL: `s3://${peer.bucket}/fleet`,
      OPSDECK_ARTIFACTS_ENDPOINT: peer.endpoint,
    }
    const {code, stdout} = await runBin('snap', ['doctor', '-o', 'json', '--yes'], {env})
    return {code, check: JSON.parse(stdout).items.find((each: {check: string}) => each.check === 'conditional puts')}
  } finally {
    await rm(home, {recursive: true, force: true})
  }
}

test.each([['versitygw', startS3], ['moto', startMoto]] as const)('%s passes the doctor', async (_name, start) => {
  const peer = await start()
  try {
    expect(await doctor(peer)).toMatchObject({code: 0, check: {state: 'ok'}})
  } finally {
    await peer.stop()
  }
})

test('s3s-fs, which takes the conditions and no lock, is caught; nothing of the race is left there', async () => {
  const peer = await startBadS3()
  try {
    expect(await doctor(peer)).toMatchObject({
      code: 1,
      check: {state: 'fail', finding: expect.stringMatching(/of 16 (creates|swaps) .* won/)},
    })
    expect((await readdir(peer.dir, {recursive: true})).filter(name => name.includes('opsdeck-doctor'))).toEqual([])
  } finally {
    await peer.stop()
  }
})
