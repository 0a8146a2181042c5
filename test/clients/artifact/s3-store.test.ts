import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {expect, test} from 'vitest'
import {createArtifactClient, type ArtifactClient} from '../../../src/clients/artifact/client.ts'
import {systemClock} from '../../../src/clients/net/deadline.ts'

const artifact = new URL('../../fixtures/artifact/artifacts/append-log-rev5', import.meta.url).pathname
const signal = new AbortController().signal

const open = (endpoint: string): Promise<ArtifactClient> =>
  createArtifactClient({
    url: 's3://b/p',
    endpoint,
    timeoutMs: 5_000,
    connectTimeoutMs: 1_000,
    retries: 0,
    random: () => 0.01,
    clock: systemClock,
    credentials: {accessKeyId: 'a', secretAccessKey: 'b'},
  })
const push = async (client: ArtifactClient) => {
  const outcome = await (
    await client.planPush(artifact, 'k', {layout: 'addressed', onProgress: () => {}}, signal)
  ).apply(signal)
  if (outcome.state !== 'done') throw outcome.error
  return outcome.result
}

/** A tiny S3 in memory that a test can make fail. */
async function fakeS3(
  fault: (request: IncomingMessage, reply: ServerResponse, count: number) => 'fail' | 'lose' | undefined,
) {
  const objects = new Map<string, Buffer>()
  let count = 0
  const server = createServer(async (request, reply) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const verdict = fault(request, reply, (count += 1))
    if (verdict !== 'fail') answer(objects, request, Buffer.concat(chunks), reply, verdict === 'lose')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {objects, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  }}
}

const tag = (bytes: Buffer) => `"${bytes.length}-${bytes.subarray(0, 400).toString('base64').slice(-12)}"`

function answer(
  objects: Map<string, Buffer>,
  request: IncomingMessage,
  body: Buffer,
  reply: ServerResponse,
  isLost: boolean,
): void {
  const {pathname, searchParams} = new URL(request.url!, 'http://x')
  const found = objects.get(pathname)
  const end = (status: number, text: string | Buffer = '', headers: Record<string, string> = {}) =>
    isLost
      ? request.socket.destroy()
      : reply.writeHead(status, {...headers, 'content-length': String(Buffer.byteLength(text))}).end(text)
  if (searchParams.has('uploads'))
    return void end(
      200,
      request.method === 'POST' ? '<I><UploadId>u</UploadId></I>' : '<L><IsTruncated>false</IsTruncated></L>',
    )
  if (request.method === 'POST') return void end(200, '<C></C>')
  if (request.method === 'DELETE') return void end(204)
  if (request.method === 'PUT') {
    const [ifNone, ifMatch] = [request.headers['if-none-match'], request.headers['if-match']]
    if ((ifNone && found) || (ifMatch && (!found || tag(found) !== ifMatch)))
      return void end(412, '<Error><Code>PreconditionFailed</Code></Error>')
    objects.set(pathname, body)
    return void end(200, '', {etag: tag(body)})
  }
  if (!found) return void end(404, request.method === 'HEAD' ? '' : '<Error><Code>NoSuchKey</Code></Error>')
  const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? []
  const bytes = from ? found.subarray(Number(from), Number(to) + 1) : found
  if (request.method === 'HEAD')
    return void reply.writeHead(200, {etag: tag(found), 'content-length': String(found.length)}).end()
  end(from ? 206 : 200, bytes, {etag: tag(found)})
}

test('a pointer write whose answer is lost is read back, not reported as failed', async () => {
  let swaps = 0
  const s3 = await fakeS3(request => {
    if (request.method !== 'PUT' || !request.url?.includes('manifest.json')) return undefined
    swaps += 1
    return swaps === 1 ? 'lose' : undefined
  })
  const client = await open(s3.endpoint)
  try {
    expect(await push(client)).toMatchObject({outcome: 'published'})
    expect(swaps).toBe(1)
  } finally {
    await client.close()
    await s3.close()
  }
})

test('a store that answers 500, 503, or cuts off: the same push goes through', async () => {
  const s3 = await fakeS3((request, reply, count) => {
    if ((count * count) % 5 === 4) return undefined
    if (count % 5 === 0) request.socket.destroy()
    else reply.writeHead(count % 2 ? 500 : 503).end('<Error><Code>SlowDown</Code></Error>')
    return 'fail'
  })
  const client = await open(s3.endpoint)
  try {
    expect(await push(client)).toMatchObject({outcome: 'published'})
    expect([...s3.objects.keys()]).toContain('/b/p/k.manifest.json')
  } finally {
    await client.close()
    await s3.close()
  }
})

test('a store that stays down: nothing is written, exit 4', async () => {
  const s3 = await fakeS3((_request, reply) => {
    reply.writeHead(503).end('<Error><Code>SlowDown</Code></Error>')
    return 'fail'
  })
  const client = await open(s3.endpoint)
  try {
    await expect(push(client)).rejects.toMatchObject({exit: 4})
    expect(s3.objects.size).toBe(0)
  } finally {
    await client.close()
    await s3.close()
  }
})
