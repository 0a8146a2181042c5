import {expect, test} from 'vitest'
import {RpcError} from '../../../src/clients/raft/rpc-error.ts'
import {mayHaveLeaderSoon, verdictOfAnswer, verdictOfError} from '../../../src/clients/raft/outcome.ts'

// Codes and texts as d-engine 0.2.4 was seen to give them.
test.each([
  [9, 'Not leader', 'not-done', true],
  [9, 'something else', 'unknown', undefined],
  [14, 'Service is not ready', 'not-done', true],
  [14, 'connection dropped: read ECONNRESET', 'unknown', undefined],
  [14, 'LeaderNotReady: noop not committed', 'unknown', undefined],
  [4, 'RPC timeout exceeded', 'unknown', undefined],
  [4, 'no answer in time', 'unknown', undefined],
  [1, 'Timeout expired', 'unknown', undefined],
  [1, 'stopped', 'unknown', undefined],
  [8, 'Too many pending writes', 'not-done', true],
  [8, 'Bandwidth exhausted or memory limit exceeded', 'unknown', undefined],
  [11, 'Error, decoded message length too large: found 5 bytes', 'not-done', false],
  [3, 'Command is empty', 'not-done', false],
  [7, 'no', 'not-done', false],
  [12, 'unknown method', 'not-done', false],
  [13, 'Received RST_STREAM with code 0', 'unknown', undefined],
])('a write that got %i %s is %s', (code, details, state, again) => {
  const verdict = verdictOfError(new RpcError(code, details, {sent: true}), 'n:1')
  expect(verdict).toMatchObject({state, ...(again === undefined ? {} : {again})})
})

test.each([[3, 3], [11, 3], [7, 5], [12, 1]])('gRPC status %i ends with exit %i', (code, exit) => {
  expect(verdictOfError(new RpcError(code, 'x', {sent: true}), 'n:1')).toMatchObject({error: {exit, endpoint: 'n:1'}})
})

test.each([
  [{write: {succeeded: true}}, 'done'],
  [{write: {}}, 'lost'],
  [{error: 4006, write: {succeeded: true}}, 'unknown'],
  [{error: 4007}, 'unknown'],
  [{error: 4001}, 'unknown'],
  [{}, 'unknown'],
])('the answer %j is %s', (answer, state) => expect(verdictOfAnswer(answer, 'n:1').state).toBe(state))

test.each([
  [9, 'Not leader', true], [14, 'Service is not ready', true], [14, 'LeaderNotReady: noop not committed', true],
  [4, 'x', true],
  [14, 'read ECONNRESET', false], [12, 'x', false],
])('%i %s: worth waiting for: %s', (code, details, expected) =>
  expect(mayHaveLeaderSoon(new RpcError(code, details, {sent: true}))).toBe(expected))

test('what never reached a node is not done, whatever the words', () => {
  const error = new RpcError(14, 'connect ECONNREFUSED 127.0.0.1:1', {sent: false})
  expect(verdictOfError(error, 'n:1')).toMatchObject({state: 'not-done', again: true, error: {exit: 4}})
})
