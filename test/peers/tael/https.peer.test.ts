import {spawnSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {request as httpRequest} from 'node:http'
import {createServer, type Server} from 'node:https'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {runBin} from '../../helpers/cli.ts'
import {dispose, startTael, type TaelNode} from './start.ts'

/* tael has no TLS of its own: a proxy in front of it terminates it, here under a path of its own. */
let node: TaelNode
let proxy: Server
let dir: string
let url: string

beforeAll(async () => {
  node = await startTael()
  dir = mkdtempSync(join(tmpdir(), 'opsdeck-tls-'))
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', join(dir, 'key.pem'), '-out',
    join(dir, 'cert.pem')])
  expect(made.status).toBe(0)
  proxy = createServer({
    key: readFileSync(join(dir, 'key.pem')), cert: readFileSync(join(dir, 'cert.pem')),
  }, (request, response) => {
    const upstream = httpRequest(node.url
      + request.url!.replace(/^\/obs/, ''), {method: request.method, headers: {accept: 'application/json'}}, answer => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    request.pipe(upstream)
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  url = `https://127.0.0.1:${(proxy.address() as {port: number}).port}/obs`
})
afterAll(async () => {
  proxy.close()
  rmSync(dir, {recursive: true, force: true})
  await dispose(node)
})

describe('https', () => {
  it('works with an authority that the machine trusts, and a prefix in the address', async () => {
    const asked = await runBin('tael', ['ingest', 'status', '--server', url, '-o', 'name'], {
      env: {NODE_EXTRA_CA_CERTS: join(dir, 'cert.pem')},
    })
    expect(asked).toMatchObject({code: 0, stdout: expect.stringContaining('otlp_spans')})
  })
  it('an unknown authority is unreachable, with the reason', async () => {
    const asked = await runBin('tael', ['ingest', 'status', '--server', url, '-o', 'json'])
    expect(asked.code).toBe(4)
    expect(JSON.parse(asked.stderr)).toMatchObject({code: 'TLS'})
  })
  it('plain HTTP where TLS speaks, and TLS where it does not, are unreachable and do not hang', async () => {
    expect((await runBin('tael', ['services', '--server', url.replace('https', 'http')])).code).toBeGreaterThan(0)
    expect((await runBin('tael', ['services', '--server', node.url.replace('http', 'https')])).code).toBe(4)
  })
})
