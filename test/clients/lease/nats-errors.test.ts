import {expect, it} from 'vitest'
import {LeaseClient} from '../../../src/clients/lease/client.ts'
import {natsError} from '../../../src/clients/lease/nats-errors.ts'
import type {LeaseStore} from '../../../src/clients/lease/store.ts'

const failure = (name: string, message: string, rest: object = {}) => Object.assign(new Error(message), {name, ...rest})
const api = (code: number, status: number, message = 'no') => failure('JetStreamApiError', message, {code, status})
const signal = new AbortController().signal

const cases: [string, Error, string, 'not-done' | 'unknown'][] = [
  ['a moved revision', api(10071, 400), 'WRONG_REVISION', 'not-done'],
  ['a moved revision without a number', api(10164, 400), 'WRONG_REVISION', 'not-done'],
  ['a value that is too large', api(10054, 400), 'NATS_REFUSED', 'not-done'],
  ['a code that we do not know', api(19999, 400), 'NATS_REFUSED', 'not-done'],
  ['a sealed stream', api(10109, 400), 'NATS_REFUSED', 'not-done'],
  ['trouble inside the server', api(10077, 503), 'UNREACHABLE', 'unknown'],
  ['no bucket', api(10059, 404, 'stream not found'), 'NO_BUCKET', 'not-done'],
  ['no permission', failure('PermissionViolationError', 'Permissions Violation'), 'UNAUTHORIZED', 'not-done'],
  ['nobody there', failure('NoResponders', 'no responders'), 'NO_RESPONDERS', 'not-done'],
  [
    'nobody there, wrapped', failure('JetStreamNotEnabled', 'x', {cause: failure('NoResponders', 'y')}),
    'NO_RESPONDERS', 'not-done',
  ],
  ['a key that cannot be', failure('Error', 'invalid key: a b'), 'NATS_REFUSED', 'not-done'],
  ['silence', failure('TimeoutError', 'timeout'), 'UNREACHABLE', 'unknown'],
  ['a lost connection', failure('ClosedConnectionError', 'closed connection'), 'UNREACHABLE', 'unknown'],
  ['what we do not know', failure('Error', 'odd'), 'UNREACHABLE', 'unknown'],
]

it.each(cases)('%s', async (_name, error, code, state) => {
  const judged = natsError(error, 'nats://x')
  expect(judged.code).toBe(code)
  const store = {
    place: 'nats://x', describeWrite: () => '', read: async () => undefined, write: () => Promise.reject(judged),
  }
  const clock = {nowMs: () => 0, monotonicMs: () => 0, sleep: async () => {}}
  const client = new LeaseClient(store as unknown as LeaseStore, clock)
  const change = await client.planAcquire('x', {holderId: 'a', ttlS: 1n}, signal)
  expect(await change.apply(signal)).toMatchObject({state})
})
