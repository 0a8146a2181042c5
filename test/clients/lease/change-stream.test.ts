import {expect, test} from 'vitest'
import {evictionOf, readChangeStream} from '../../../src/clients/lease/change-stream.ts'

test.each([
  [{}, undefined],
  [{max_age: 0, discard: 'new', max_bytes: 10_485_760}, undefined],
  [{discard: 'old', max_bytes: -1, max_msgs: -1}, undefined],
  [{max_age: 3_600_000_000_000}, 'values age out after 3600 s'],
  [{allow_msg_ttl: true}, 'values may carry a ttl of their own'],
  [{discard: 'old', max_bytes: 1024}, 'beyond 1024 bytes the oldest values are dropped'],
  [{discard: 'old', max_msgs: 10}, 'beyond 10 values the oldest are dropped'],
])('%j: %s', (config, eviction) => {
  expect(evictionOf(config)).toBe(eviction)
})

const place = {bucket: 'routes', timeoutMs: 1_000, connectTimeoutMs: 500, nowMs: Date.now}

test.each([
  ['sqlite:/tmp/l.db', 'BAD_URL'],
  ['http://127.0.0.1', 'BAD_URL'],
  ['nats://127.0.0.1:1', 'UNREACHABLE'],
])('%s has no stream to read: %s', async (url, code) => {
  await expect(readChangeStream({...place, url}, new AbortController().signal)).rejects.toMatchObject({code})
})
