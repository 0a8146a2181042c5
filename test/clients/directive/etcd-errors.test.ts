import {expect, test} from 'vitest'
import {etcdError} from '../../../src/clients/directive/etcd-errors.ts'

test('no connection is said in the words of the system, without the empty end of grpc', () => {
  const details = 'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:2379. Resolution note: '
  expect(etcdError({code: 14, details}, '127.0.0.1:2379')).toMatchObject({
    exit: 4, code: 'UNAVAILABLE', message: 'etcd 127.0.0.1:2379: connect ECONNREFUSED 127.0.0.1:2379',
  })
})
