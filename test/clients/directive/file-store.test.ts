import {mkdtemp, readdir, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {createFileStore} from '../../../src/clients/directive/file-store.ts'
import {listing} from '../../../src/clients/directive/listing.ts'
import {createRecordFile} from '../../../src/clients/directive/record-file.ts'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {aDirective, never, operator, planOptions, publish} from '../../contract/directive.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'opsdeck-store-'))))
afterEach(() => rm(folder, {recursive: true, force: true}))

const open = () => createFileStore(join(folder, 'set'), systemClock)

test('of writers at the same moment each revision has one, and none is lost', async () => {
  const clients = Array.from({length: 4}, () => operator(open(), []))
  const published = await Promise.all(clients.map((client, at) =>
    publish(client, {kind: 'add', directives: [aDirective(`d${at}`)]})))
  expect(new Set(published.map(({version}) => version)).size).toBe(4)
  expect(listing(await open().load(), Date.now()).map(({id}) => id).sort()).toEqual(['d0', 'd1', 'd2', 'd3'])
})

test('the loser of a revision is told, and leaves nothing behind', async () => {
  const [one, other] = [operator(open(), []), operator(open(), [])]
  const plans = await Promise.all([one, other].map((client, at) =>
    client.plan({kind: 'replace', directives: [aDirective(`d${at}`)]}, planOptions, never)))
  const states = (await Promise.all(plans.map(plan => plan.apply(never)))).map(({state}) => state)
  expect(states.sort()).toEqual(['done', 'not-done'])
  expect(await readdir(join(folder, 'set'))).toEqual(['0000000001.json'])
})

test('old revisions are removed', async () => {
  const client = operator(open(), [])
  for (let round = 0; round < 103; round += 1) await publish(client, {kind: 'clear'})
  expect((await readdir(join(folder, 'set'))).length).toBe(100)
})

test('a file that is no revision is an integrity error', async () => {
  await publish(operator(open(), []), {kind: 'clear'})
  await writeFile(join(folder, 'set', '0000000002.json'), '{}')
  await expect(open().load()).rejects.toMatchObject({code: 'INTEGRITY', exit: 11})
})

test('the record of an admin fleet is found again by its place, and a damaged one is none', async () => {
  const records = createRecordFile(join(folder, 'records'))
  const record = {nonce: 'n', publishedAtMs: 1_000, by: 'ann', expiresAtMs: {a: 2_000}}
  expect(await records.load('http://a')).toBeUndefined()
  await records.save('http://a', record)
  expect(await records.load('http://a')).toEqual(record)
  expect(await records.load('http://b')).toBeUndefined()
  const [name] = await readdir(join(folder, 'records'))
  await writeFile(join(folder, 'records', name!), '{')
  expect(await records.load('http://a')).toBeUndefined()
})
