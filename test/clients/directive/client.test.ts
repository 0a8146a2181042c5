import {expect, test} from 'vitest'
import type {Snapshot} from '../../../src/clients/directive/listing.ts'
import type {ProxyInstance} from '../../../src/clients/directive/proxy-api.ts'
import type {DirectiveStore, SetWrite} from '../../../src/clients/directive/store.ts'
import {ConflictError, UnreachableError} from '../../../src/clients/net/errors.ts'
import {aDirective, never, operator, planOptions} from '../../contract/directive.ts'
import {snapshot} from './fixtures.ts'

const edit = {kind: 'add' as const, directives: [aDirective('a')]}
const conflict = new ConflictError('changed', {code: 'SET_CHANGED'})

/** A store whose loads and writes follow a script; the last entry stays. */
function scripted(loads: (Snapshot | Error)[], writes: ('done' | Error)[]): DirectiveStore & {written: SetWrite[]} {
  const written: SetWrite[] = []
  const next = <T>(script: T[]): T => (script.length > 1 ? script.shift()! : script[0]!)
  return {
    kind: 'etcd', place: 'etcd', warnings: [], written,
    async load() {
      const loaded = next(loads)
      if (loaded instanceof Error) throw loaded
      return loaded
    },
    describe: () => '',
    async write(write) {
      written.push(write)
      const outcome = next(writes)
      if (outcome === 'done') return {state: 'done', result: {version: String(written.length)}}
      return {state: 'not-done', error: outcome as ConflictError}
    },
    async *watch() {},
    async close() {},
  }
}

/** An instance that never catches a probe. */
const deaf: ProxyInstance = {
  name: 'http://deaf',
  http: {
    endpoint: 'http://deaf',
    request: async ({path}) => ({
      status: path.startsWith('/debug') ? 200 : 400, headers: {'x-request-id': 'req-1'}, contentType: '',
      text: path.startsWith('/debug') ? '[]' : '{"error":"unsupported_endpoint"}',
    }),
    stream: () => Promise.reject(new Error('not used')),
    close: async () => {},
  },
}

test('what fails after the write leaves it done: reading for the second write, the second write itself', async () => {
  const broken = [
    scripted([snapshot(), new UnreachableError('gone')], ['done']),
    scripted([snapshot()], ['done', conflict]),
  ]
  for (const store of broken) {
    const change = await operator(store, [deaf]).plan(edit, planOptions, never)
    expect(await change.apply(never)).toMatchObject({state: 'done', result: {version: '1',
      proofs: [{applies: 'none'}]}})
  }
})

test('being stopped while it is proven leaves it done and unproven', async () => {
  const change = await operator(scripted([snapshot()], ['done']), [deaf]).plan(edit, planOptions, never)
  const stop = new AbortController()
  setTimeout(() => stop.abort(new Error('stopped')), 40)
  expect(await change.apply(stop.signal)).toMatchObject({state: 'done', result: {proofs: []}})
})

test('an add is planned anew on what is there now, with --if-version it is not', async () => {
  const other = snapshot({version: '8', directives: [], recordState: 'absent'})
  const store = scripted([snapshot(), other], [conflict, 'done'])
  const change = await operator(store, []).plan(edit, {...planOptions, verify: false}, never)
  expect(await change.apply(never)).toMatchObject({state: 'done', result: {replanned: 1}})
  expect(store.written.map(({seen}) => seen.version)).toEqual(['7', '8'])
  const strict = scripted([snapshot()], [conflict, 'done'])
  const once = await operator(strict, []).plan(edit, {...planOptions, ifVersion: '7'}, never)
  expect(await once.apply(never)).toMatchObject({state: 'not-done', error: {code: 'SET_CHANGED'}})
})

test('when planning anew finds the id taken meanwhile, nothing is written and it is said', async () => {
  const record = {nonce: 'n', publishedAtMs: Date.now(), by: 'bob', expiresAtMs: {a: Date.now() + 60_000}}
  const taken = snapshot({version: '8', directives: [aDirective('a')], recordState: 'matches', record,
    readAtMs: Date.now()})
  const store = scripted([snapshot(), taken], [conflict, 'done'])
  const change = await operator(store, []).plan(edit, planOptions, never)
  await expect(change.apply(never)).rejects.toMatchObject({code: 'ID_TAKEN', exit: 7})
  expect(store.written).toHaveLength(1)
})

test('the lease outlives the set by a little, an empty set has none', async () => {
  const store = scripted([snapshot()], ['done'])
  await (await operator(store, []).plan(edit, {...planOptions, verify: false}, never)).apply(never)
  await (await operator(store, []).plan({kind: 'clear'}, {...planOptions, verify: false}, never)).apply(never)
  expect(store.written.map(({leaseSecs}) => leaseSecs)).toEqual([70, 0])
  expect(store.written[1]!.value).toBe('{"directives":[]}')
})
