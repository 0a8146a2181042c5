import {afterEach, expect, it} from 'vitest'
import {startControl, type Control, type Target} from '../../src/sandbox/control.ts'

const running: Control[] = []
afterEach(async () => {
  for (const control of running.splice(0)) await control.stop()
})

/** A control over one server, with what was done to it. */
async function started() {
  const done: string[] = []
  const target: Target = {
    state: () => done.at(-1) ?? 'up',
    actions: {kill: () => void done.push('down'), revive: () => Promise.reject(new Error('the port is taken'))},
  }
  const control = await startControl(new Map([['tael/shard-a', target]]), 'secret')
  running.push(control)
  const ask = async (method: string, path: string, token = 'secret') => {
    const answer = await fetch(control.url + path, {method, headers: {authorization: `Bearer ${token}`}})
    return [answer.status, await answer.json()]
  }
  return {done, ask}
}

it('lists its targets and what can be done to them', async () => {
  const {ask} = await started()
  const items = [{target: 'tael/shard-a', state: 'up', actions: ['kill', 'revive']}]
  expect(await ask('GET', '/targets')).toEqual([200, {items}])
})

it('acts, and answers when it is done', async () => {
  const {ask, done} = await started()
  const after = {target: 'tael/shard-a', state: 'down', actions: ['kill', 'revive']}
  expect(await ask('POST', '/targets/tael/shard-a/kill')).toEqual([200, after])
  expect(done).toEqual(['down'])
})

it.each([
  ['a wrong token', 'POST', '/targets/tael/shard-a/kill', 'guess', 401],
  ['an unknown target', 'POST', '/targets/tael/shard-z/kill', 'secret', 404],
  ['a path of its own', 'POST', '/targets/tael/shard-a/kill/x', 'secret', 404],
  ['an action by GET', 'GET', '/targets/tael/shard-a/kill', 'secret', 404],
  ['what the target cannot do', 'POST', '/targets/tael/shard-a/lead', 'secret', 400],
  ['an action that fails', 'POST', '/targets/tael/shard-a/revive', 'secret', 409],
])('refuses %s and does nothing', async (_, method, path, token, status) => {
  const {ask, done} = await started()
  expect((await ask(method, path, token))[0]).toBe(status)
  expect(done).toEqual([])
})
