import {afterEach, expect, test} from 'vitest'
import {startTap, tapRefusal} from '../../../src/clients/tael/wal-tap.ts'
import type {TapItem} from '../../../src/clients/tael/wal-tap.ts'

test.each([
  ['no statement', undefined, undefined, '127.0.0.1', 'TAP_UNSTATED'],
  ['half a statement', 0, undefined, '127.0.0.1', 'TAP_UNSTATED'],
  ['nothing is required', 0, 0, '127.0.0.1', undefined],
  ['real standbys are more than enough', 1, 2, '::1', undefined],
  ['every standby is required', 1, 1, '127.0.0.1', 'TAP_UNSAFE'],
  ['the tap is required', 1, 0, 'localhost', 'TAP_UNSAFE'],
  ['open to the network', 0, 0, '0.0.0.0', 'TAP_NOT_LOOPBACK'],
  ['open to the network by name', 0, 0, 'tap.example', 'TAP_NOT_LOOPBACK'],
])('%s', (_name, requiredAcks, standbys, host, code) => {
  expect(tapRefusal({requiredAcks, standbys, host})?.code).toBe(code)
})

const stops: AbortController[] = []
afterEach(() => stops.splice(0).forEach(stop => stop.abort()))

async function tap() {
  const stop = new AbortController()
  stops.push(stop)
  const {port, items} = await startTap({host: '127.0.0.1', port: 0}, () => 7, stop.signal)
  const post = (body: string | Uint8Array, epoch?: string) => fetch(`http://127.0.0.1:${port}/internal/wal/records`, {
    method: 'POST', body: body as string, headers: epoch === undefined ? {} : {'x-tael-wal-epoch': epoch},
  })
  const rest = async () => {
    stop.abort()
    const all: TapItem[] = []
    for await (const item of items) all.push(item)
    return all
  }
  return {port, post, rest}
}

test('every frame is answered 202, whatever is in it and whatever its epoch', async () => {
  const {post, rest} = await tap()
  for (const [body, epoch] of [
    ['one', '3'], ['two', '3'], ['', '2'], ['nonsense', undefined], ['five', 'x'],
  ] as const) {
    const answer = await post(body, epoch)
    expect([answer.status, await answer.text()]).toEqual([202, 'applied'])
  }
  const items = await rest()
  expect(items.map(item => (item.kind === 'frame' ? [item.payload.toString(), item.epoch] : item))).toEqual([
    ['one', 3n], ['two', 3n],
    {kind: 'epoch', receivedMs: 7, before: 3n, now: 2n}, ['', 2n],
    {kind: 'epoch', receivedMs: 7, before: 2n, now: null}, ['nonsense', null], ['five', null],
  ])
})

test('frames over 2 MiB are taken, and what nobody reads in time is dropped and told', async () => {
  const {post, rest} = await tap()
  const large = new Uint8Array(20 * 1024 * 1024)
  for (let n = 0; n < 5; n += 1) expect((await post(large)).status).toBe(202)
  const items = await rest()
  expect(items.map(item => item.kind)).toEqual(['frame', 'frame', 'frame', 'dropped'])
  expect(items[3]).toEqual({kind: 'dropped', receivedMs: 7, frames: 2, bytes: 40 * 1024 * 1024})
})

test('other routes are not answered for, and the port is closed at the end', async () => {
  const {port, rest} = await tap()
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(404)
  await rest()
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed')
})

test('a taken port is an error that names it', async () => {
  const {port} = await tap()
  await expect(startTap({host: '127.0.0.1', port}, Date.now, new AbortController().signal)).rejects.toThrow(
    `127.0.0.1:${port}`,
  )
})
