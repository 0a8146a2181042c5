import {mkdtempSync, renameSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {fixture} from '../../cli/round/world.ts'
import {runBin} from '../../helpers/cli.ts'
import {startNats, type NatsPeer} from '../nats/start.ts'
import {storeUrl} from '../s3/crate.ts'
import {startS3, type S3Peer} from '../s3/start.ts'
import {crate} from './crate.ts'

interface Answer {
  outcome: string
  abandoned: boolean
  resumedAt: string | null
  steps: {step: string; outcome: string}[]
}

describe('rounds beside servers that fail', () => {
  let nats: NatsPeer
  let s3: S3Peer
  let root: string
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'opsdeck-round-faults-'))
    ;[nats, s3] = await Promise.all([startNats(), startS3()])
    await crate('lease-show', nats.url, 'leases', 'routes')
  })
  afterAll(async () => {
    await Promise.all([nats.stop(), s3.stop()])
    rmSync(root, {recursive: true})
  })

  /** One `snap round` whose command does some harm, then exports. */
  async function round(key: string, harm = 'true'): Promise<{code: number; stderr: string; answer: Answer}> {
    const words = ['round', key, '--ttl', '60s', '--timeout', '1s', '--retries', '0', '-o', 'json', '--']
    const ran = await runBin(
      'snap',
      [...words, 'sh', '-c', `${harm}; cp -r '${fixture('append-log-rev9')}' "$OPSDECK_ARTIFACT_DIR"`],
      {
        env: {
          ...s3.env,
          OPSDECK_LEASES_URL: nats.url,
          OPSDECK_LEASES_BUCKET: 'leases',
          OPSDECK_ARTIFACTS_URL: storeUrl(s3),
          OPSDECK_ARTIFACTS_ENDPOINT: s3.endpoint,
          XDG_STATE_HOME: root,
        },
      },
    )
    return {code: ran.code, stderr: ran.stderr, answer: JSON.parse(ran.stdout) as Answer}
  }
  const imported = (key: string) => crate('import', storeUrl(s3), key, join(root, `import-${key}`), ...s3.crateOptions)

  it('a lease store that falls silent leaves a round that goes on where it was', async () => {
    const {code, stderr, answer} = await round('silent-leases', `kill -STOP ${nats.pid}`)
    process.kill(nats.pid, 'SIGCONT')
    // The store may fall silent just before or just after the last look at the lease, which precedes the push.
    const pushed = answer.outcome === 'published'
    expect({code, stderr, answer}).toMatchObject({
      code: 4,
      stderr: expect.stringContaining(pushed ? 'the lease not completed' : 'the lease was not given back'),
      answer: {outcome: pushed ? 'published' : 'failed', abandoned: false},
    })
    const resumedAt = pushed ? 'complete' : 'push'
    expect(await round('silent-leases')).toMatchObject({code: 0, answer: {outcome: 'published', resumedAt}})
    expect(await imported('silent-leases')).toMatchObject({ok: true})
  })

  it('an artifact store that fails fails the push; the lease is given back', async () => {
    const bucket = join(s3.dir, s3.bucket)
    const {code, answer} = await round('lost-store', `mv '${bucket}' '${bucket}-away'`)
    renameSync(`${bucket}-away`, bucket)
    expect({code, answer}).toMatchObject({code: 2, answer: {outcome: 'failed', abandoned: true}})
    expect(await crate('lease-acquire', nats.url, 'leases', 'lost-store', 'crate', '1')).toMatchObject({acquired: true})
    await expect
      .poll(
        () =>
          round('lost-store').then(
            ({code: again}) => again,
            () => 7,
          ),
        {timeout: 10_000},
      )
      .toBe(0)
    expect(await imported('lost-store')).toMatchObject({ok: true})
  })
})
