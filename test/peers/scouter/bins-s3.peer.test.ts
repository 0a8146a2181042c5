import {afterAll, beforeAll, expect, test} from 'vitest'
import {runBin} from '../../helpers/cli.ts'
import {createTable} from '../../../src/clients/control-table/create.ts'
import {openStore} from '../../../src/clients/control-table/open.ts'
import {startS3} from '../s3/start.ts'

/** The built commands on a table in a real bucket: a bundle may lose what the source has. */
let s3: Awaited<ReturnType<typeof startS3>>
let env: Record<string, string | undefined>
const before = {...process.env}
beforeAll(async () => {
  s3 = await startS3({bucket: 'scouter', tls: true})
  env = {
    ...s3.env, AWS_CA_BUNDLE: s3.caPath, AWS_ENDPOINT_URL_S3: s3.endpoint, SCOUTER_STORAGE_URI: 's3://scouter/store',
    OPSDECK_OPERATOR: 'tester',
  }
  Object.assign(process.env, env)
  const location = {
    uri: 's3://scouter/store', endpoint: s3.endpoint, region: s3.region, timeoutMs: 10_000, connectTimeoutMs: 2_000,
  }
  await createTable(await openStore(location), 'opsdeck/test', Date.now())
})
afterAll(async () => {
  process.env = before
  await s3?.stop()
})

const ctl = (...words: string[]) => runBin('ctl', ['task', ...words], {env})

test('claim, list, release, history', async () => {
  expect(await ctl('claim', 'nightly', '--holder', 'me', '-o', 'name')).toMatchObject({code: 0, stdout: 'nightly\n'})
  expect(await ctl('claim', 'nightly', '--holder', 'you')).toMatchObject({code: 7})
  expect(await ctl('list', '-o', 'name')).toMatchObject({code: 0, stdout: 'nightly\n'})
  expect(await ctl('release', 'nightly', '--interval', '1h', '--holder', 'me', '-o', 'name')).toMatchObject({code: 0})
  const {items} = JSON.parse((await ctl('history', 'nightly', '-o', 'json')).stdout) as {items: object[]}
  expect(items).toMatchObject([{action: 'claimed', holder: 'me'}, {action: 'released'}])
})

test('exec, and a table that is not there', async () => {
  expect(await ctl('exec', 'hourly', '--interval', '1h', '--', 'sh', '-c', 'exit 3')).toMatchObject({code: 3})
  expect(await ctl('list', '--uri', 's3://scouter/none')).toMatchObject({code: 2})
})
