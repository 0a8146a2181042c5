import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {createTaelClient, type TaelClient} from '../../../src/clients/tael/client.ts'
import {logNeeds, spanNeeds} from '../../../src/clients/tael/needs.ts'

test('only operators and log attributes need a newer server', () => {
  expect([spanNeeds({}), spanNeeds({attributes: ['a=b']}), logNeeds({})]).toEqual([[], [], []])
  expect([
    spanNeeds({attributes: ['a=b', 'c~=d']}).length, spanNeeds({attributes: ['c=~d']}).length,
    logNeeds({attributes: ['a=b']}).length,
  ]).toEqual([1, 1, 1])
})

let server: Server
let isOld = true
const asked: string[] = []
const limitations: string[] = []
let client: TaelClient
beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url!.split('?')[0]!
    asked.push(path)
    if (path === '/info') return void (isOld ? response.writeHead(404).end() : response.end('{"version":"0.5.15"}'))
    response.writeHead(200, {'content-type': 'application/json'}).end('{"spans":[],"logs":[],"count":0}')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => void server?.close())

const fresh = () => {
  asked.splice(0)
  limitations.splice(0)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  client = createTaelClient({
    url, timeoutMs: 2_000, connectTimeoutMs: 1_000, retries: 0, onLimitation: text => limitations.push(text),
  })
}

test('a plain query asks nothing of the version', async () => {
  fresh()
  await client.spans({limit: 1, attributes: ['a=b']})
  expect(asked).toEqual(['/api/v1/traces'])
  await client.close()
})

test.each([true, false])('what an old server (%s) would misread is refused before it is asked', async old => {
  isOld = old
  fresh()
  const queries = [
    () => client.spans({limit: 1, attributes: ['a~=b']}), () => client.logs({limit: 1, attributes: ['a=b']}),
  ]
  for (const query of queries) {
    if (old) await expect(query()).rejects.toMatchObject({code: 'NO_FEATURE', exit: 1})
    else await query()
  }
  expect(asked).toEqual(old ? ['/info'] : ['/info', '/api/v1/traces', '/api/v1/logs'])
  await client.spans({limit: 1, text: 'x'})
  expect(limitations.length).toBe(old ? 1 : 0)
  await client.close()
})
