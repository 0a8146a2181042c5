import {createHmac, randomUUID} from 'node:crypto'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Outcome} from '../../src/clients/net/change.ts'
import {systemClock} from '../../src/clients/net/deadline.ts'
import {createDirectiveClient, type DirectiveClient, type Published} from '../../src/clients/directive/client.ts'
import type {Edit} from '../../src/clients/directive/edit.ts'
import {listing} from '../../src/clients/directive/listing.ts'
import type {Directive} from '../../src/clients/directive/model.ts'
import {proveKey} from '../../src/clients/directive/probe.ts'
import {readExplain, readMetrics, readTape, readTenantMetrics,
  type ProxyInstance} from '../../src/clients/directive/proxy-api.ts'
import type {DirectiveStore} from '../../src/clients/directive/store.ts'
import {mintToken} from '../../src/clients/directive/token.ts'
import {defaultPolicy} from '../../src/clients/directive/validate.ts'

/** A running fleet of two proxies that share one store of directives. */
export interface DirectiveWorld {
  /** A store with a connection of its own, as each operator has one. */
  openStore(): Promise<DirectiveStore>
  instances: ProxyInstance[]
  signingKey: string
  /** The request ids whose span was exported so far, over all instances. */
  exported(): readonly string[]
  stop(): Promise<void>
}

export const never = new AbortController().signal
export const planOptions = {action: 'publish', target: 'test', verify: true}

export function aDirective(id: string, fields: Partial<Directive> = {}): Directive {
  return {id, level: 'Shape', ttlSecs: 60, samplePerMille: 1000, ringBuffer: true, capture: false, tenant: 'acme',
    ...fields}
}

export function operator(store: DirectiveStore, instances: readonly ProxyInstance[]): DirectiveClient {
  return createDirectiveClient({
    store, instances, policy: defaultPolicy, by: 'ann@test', clock: systemClock, random: Math.random,
    newNonce: () => randomUUID().slice(0, 8),
  })
}

export async function publish(client: DirectiveClient, edit: Edit, options = {}): Promise<Published> {
  const change = await client.plan(edit, {...planOptions, ...options}, never)
  return done(await change.apply(never))
}

export function done<T>(outcome: Outcome<T>): T {
  if (outcome.state === 'done') return outcome.result
  throw outcome.error
}

/** Sends one data request and tells whether this instance taped it and exported its span. */
export async function effectOn(world: DirectiveWorld, at: number, path: string, headers: Record<string, string> = {}) {
  const instance = world.instances[at]!
  const answer = await instance.http.request({path, headers: {'x-tenant': 'acme', ...headers}})
  const requestId = answer.headers['x-request-id']!
  await new Promise(resolve => setTimeout(resolve, 60))
  const tape = await readTape(instance)
  return {requestId, taped: tape.some(entry => entry.requestId === requestId), spans: world.exported().length}
}

/** The same cases for the sandbox and for the real proxies, with and without etcd. */
export function directiveContract(name: string, open: () => Promise<DirectiveWorld>): void {
  describe(name, () => {
    let world: DirectiveWorld
    let stores: DirectiveStore[]
    let clients: DirectiveClient[]
    beforeAll(async () => {
      world = await open()
      stores = await Promise.all([world.openStore(), world.openStore()])
      clients = stores.map(store => operator(store, world.instances))
    })
    afterAll(async () => {
      await Promise.all(stores.map(store => store.close()))
      await world.stop()
    })
    const clear = () => publish(clients[0]!, {kind: 'clear'})
    const taped = async (at: number, headers = {}) => (await effectOn(world, at, '/orders/_doc/1', headers)).taped

    test('what is published is proven on each instance and takes effect for its tenant alone', async () => {
      await clear()
      const published = await publish(clients[0]!, {kind: 'replace', directives: [aDirective('raise')]})
      expect(published.proofs.map(({applies}) => applies)).toEqual(['current', 'current'])
      const before = world.exported().length
      expect([await taped(0), await taped(1), await taped(0, {'x-tenant': 'globex'})]).toEqual([true, true, false])
      expect(world.exported().length - before).toBe(2)
    })

    test('it stops when its time is over', async () => {
      await publish(clients[0]!, {kind: 'replace', directives: [aDirective('short', {ttlSecs: 1})]})
      expect(await taped(0)).toBe(true)
      await new Promise(resolve => setTimeout(resolve, 1200))
      expect([await taped(0), await taped(1)]).toEqual([false, false])
      expect(listing(await clients[0]!.load(), Date.now()).map(({state}) => state)).not.toContain('active')
    })

    test('the quiet recorder tapes without exporting', async () => {
      await publish(clients[0]!, {kind: 'replace', directives: [aDirective('quiet', {level: 'Off'})]})
      const before = world.exported().length
      expect(await taped(1)).toBe(true)
      expect(world.exported().length).toBe(before)
    })

    test('plain searches are never reached, scrolling ones are', async () => {
      await publish(clients[0]!, {kind: 'replace', directives: [aDirective('all')]})
      expect((await effectOn(world, 0, '/orders/_search')).taped).toBe(false)
      expect((await effectOn(world, 0, '/orders/_search?scroll=1m')).taped).toBe(true)
      expect((await effectOn(world, 0, '/orders/_count')).taped).toBe(true)
    })

    test('an add keeps what is there with the time it has left, a revoke takes away only its own', async () => {
      await publish(clients[0]!, {kind: 'replace', directives: [aDirective('a')]})
      const first = listing(await clients[0]!.load(), Date.now())[0]!
      await publish(clients[1]!, {kind: 'add', directives: [aDirective('b', {tenant: 'globex'})]}, {keepTtlSecs: 59})
      const both = listing(await clients[1]!.load(), Date.now())
      expect(both.map(({id}) => id)).toEqual(['a', 'b'])
      expect(Math.abs(both[0]!.endsAtMs! - first.endsAtMs!)).toBeLessThan(1500)
      await publish(clients[0]!, {kind: 'revoke', ids: ['a']}, {keepTtlSecs: 59})
      expect(listing(await clients[0]!.load(), Date.now()).map(({id}) => id)).toEqual(['b'])
      expect([await taped(0), await taped(0, {'x-tenant': 'globex'})]).toEqual([false, true])
    })

    test('a set that changed since it was read is not written over', async () => {
      await clear()
      const change = await clients[0]!.plan({kind: 'replace', directives: [aDirective('mine')]}, planOptions, never)
      await publish(clients[1]!, {kind: 'replace', directives: [aDirective('theirs')]})
      expect(await change.apply(never)).toMatchObject({state: 'not-done', error: {code: 'SET_CHANGED', exit: 7}})
      expect((await clients[0]!.load()).directives.map(({id}) => id)).toContain('theirs')
      await expect(clients[0]!.plan({kind: 'clear'}, {...planOptions, ifVersion: 'other'}, never))
        .rejects.toMatchObject({code: 'SET_CHANGED'})
    })

    test('clear empties the set and is proven, and the store stays readable', async () => {
      await publish(clients[0]!, {kind: 'replace', directives: [aDirective('a')]})
      const cleared = await clear()
      expect(cleared.proofs.map(({applies}) => applies)).toEqual(['current', 'current'])
      expect(await taped(0)).toBe(false)
      expect((await clients[0]!.load()).directives).toEqual([])
    })

    test('a watch sees what another operator does', async () => {
      const watching = new AbortController()
      const seen: string[][] = []
      const since = await clients[0]!.load()
      const watch = (async () => {
        for await (const event of stores[0]!.watch(since, watching.signal)) {
          if (event.kind === 'set') seen.push(listing(event.snapshot, Date.now()).map(({id}) => id))
          if (seen.at(-1)?.includes('watched')) watching.abort()
        }
      })()
      await publish(clients[1]!, {kind: 'replace', directives: [aDirective('watched')]})
      await watch
      expect(seen.at(-1)).toEqual(['watched'])
    })

    test('our token is honoured, and each tampered, cut, expired or foreign one is not', async () => {
      await clear()
      const expSecs = Math.floor(Date.now() / 1000) + 600
      const fields = {level: 'Shape', expSecs, tenant: 'acme', ringBuffer: true} as const
      const token = mintToken(fields, world.signingKey)
      const payload = `{"ring_buffer": true, "exp": ${expSecs}, "level": "Shape"}`
      const signature = createHmac('sha256', world.signingKey).update(payload).digest('hex')
      const other = `${Buffer.from(payload).toString('hex')}.${signature}`
      const cases: [string, boolean][] = [
        [token, true], [token.toUpperCase(), true], [other, true],
        [token.replace(/.$/, last => (last === '0' ? '1' : '0')), false], [token.slice(0, -2), false], [`x${token}`,
          false],
        [mintToken({...fields, tenant: 'globex'}, world.signingKey).split('.')[0]! + '.' + token.split('.')[1]!, false],
        [mintToken({...fields, expSecs: Math.floor(Date.now() / 1000)}, world.signingKey), false],
        [mintToken(fields, 'another key'), false], [mintToken({...fields, tenant: 'globex'}, world.signingKey), false],
      ]
      const honoured = []
      for (const [sent] of cases) honoured.push(await taped(0, {'x-debug-directive': sent}))
      expect(honoured).toEqual(cases.map(([, expected]) => expected))
    })

    test('which signing key an instance holds, and whether its clock agrees, can be found out', async () => {
      const [instance] = world.instances
      const ask = (key: string, nowMs: number) => proveKey(instance!, key, randomUUID().slice(0, 8), nowMs)
      expect(await ask(world.signingKey, Date.now())).toMatchObject({key: 'held', clock: 'agrees'})
      expect(await ask(world.signingKey, Date.now() - 300_000)).toMatchObject({key: 'held', clock: 'ahead'})
      expect(await ask(world.signingKey, Date.now() + 300_000)).toMatchObject({key: 'held', clock: 'behind'})
      expect(await ask('another key', Date.now())).toMatchObject({key: 'not honoured'})
    })

    test('explain, metrics and tenants of the instance that answered', async () => {
      const {requestId} = await effectOn(world, 1, '/orders/_doc/1')
      const [, instance] = world.instances
      expect(await readExplain(instance!, requestId)).toMatchObject({requestId, outcome: 'ok',
        endpointKind: 'GetById', index: 'orders'})
      await expect(readExplain(instance!, 'req-999999')).rejects.toMatchObject({code: 'UNKNOWN_REQUEST', exit: 2})
      const {requestsTotal, requestsOk, requestsError, pools} = await readMetrics(instance!)
      expect(requestsTotal).toBe(requestsOk + requestsError)
      expect(pools).toMatchObject([{cluster: 'default'}])
      expect(await readTenantMetrics(instance!)).toContainEqual(expect.objectContaining({tenant: 'acme',
        failuresTotal: 0}))
    })
  })
}
