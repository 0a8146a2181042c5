import {S3Client, GetObjectCommand, PutObjectCommand} from '@aws-sdk/client-s3'
import {Agent} from 'node:https'
import {expect, test} from 'vitest'
import {startMoto, startS3, type S3Peer} from './start.ts'

const clientOf = (peer: S3Peer) => new S3Client({
  endpoint: peer.endpoint, region: peer.region, forcePathStyle: true, maxAttempts: 1,
  credentials: {accessKeyId: peer.accessKeyId, secretAccessKey: peer.secretAccessKey},
  requestHandler: peer.ca ? {httpsAgent: new Agent({ca: peer.ca})} : undefined,
})

test.each([
  ['versitygw over http', () => startS3()],
  ['versitygw over https', () => startS3({tls: true})],
  ['moto', () => startMoto()],
])('%s stores, and refuses a second create', async (_name, start) => {
  const peer = await start()
  const s3 = clientOf(peer)
  try {
    const put = () => s3.send(new PutObjectCommand({Bucket: peer.bucket, Key: 'a/b', Body: 'x', IfNoneMatch: '*'}))
    await put()
    await expect(put()).rejects.toMatchObject({$metadata: {httpStatusCode: 412}})
    const got = await s3.send(new GetObjectCommand({Bucket: peer.bucket, Key: 'a/b'}))
    expect(await got.Body?.transformToString()).toBe('x')
  } finally {
    s3.destroy()
    await peer.stop()
  }
})
