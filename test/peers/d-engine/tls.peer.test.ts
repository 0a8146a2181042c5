import {chmodSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {selfSigned} from '../../clients/raft/servers.ts'
import {runBin} from '../../helpers/cli.ts'
import {startCluster, type RaftCluster} from './start.ts'

// A cluster of several nodes with TLS does not form, since the nodes dial each other in plain text: so one alone.
let cluster: RaftCluster
const home = mkdtempSync(join(tmpdir(), 'opsdeck-raft-tls-'))
const [ca, key] = [join(home, 'cert.pem'), join(home, 'key.pem')]

beforeAll(async () => {
  const identity = selfSigned()
  writeFileSync(ca, identity.cert)
  writeFileSync(key, identity.key)
  chmodSync(key, 0o600)
  cluster = await startCluster({count: 1, more: `
[tls]
enable_tls = true
server_certificate_path = "${ca}"
server_private_key_path = "${key}"
certificate_authority_root_path = "${ca}"
`})
}, 60_000)

afterAll(async () => {
  await cluster?.dispose()
  rmSync(home, {recursive: true})
})

function ctl(tls: object | undefined, ...words: string[]) {
  const raft = {endpoints: cluster.endpoints, ...(tls && {tls})}
  const config = join(home, 'config.yaml')
  writeFileSync(config, JSON.stringify({current: 'x', contexts: {x: {raft}}}), {mode: 0o600})
  return runBin('ctl', ['raft', ...words], {env: {OPSDECK_CONFIG: config}})
}

test('with the authority and the name of the context; without them it says what is missing', async () => {
  expect(await ctl({ca, servername: 'localhost'}, 'wait', '--for', 'leader', '--within', '30s', '-o', 'name'))
    .toMatchObject({code: 0, stdout: '1\n'})
  expect(await ctl({ca, servername: 'localhost'}, 'status')).toMatchObject({code: 0, stderr: ''})
  expect(await ctl(undefined, 'status')).toMatchObject({code: 4, stderr: expect.stringContaining('expects TLS')})
  expect(await ctl({ca}, 'status')).toMatchObject({code: 4, stderr: expect.stringContaining('altnames')})
  expect(await ctl({servername: 'localhost'}, 'status'))
    .toMatchObject({code: 4, stderr: expect.stringContaining('self-signed')})
})
