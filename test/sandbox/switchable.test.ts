import {afterEach, expect, it} from 'vitest'
import {serveSwitchable, type SwitchableServer} from '../../src/sandbox/switchable.ts'

const running: SwitchableServer[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.close()
})

let answered = 0

async function started(): Promise<SwitchableServer> {
  answered = 0
  const server = await serveSwitchable((_, response) => {
    answered += 1
    response.end('data')
  })
  running.push(server)
  return server
}

const ask = (server: SwitchableServer, signal?: AbortSignal) =>
  fetch(server.url, {signal: signal ?? null}).then(answer => answer.text())
const codeOf = (error: unknown) => ((error as Error).cause as {code?: string}).code

it('killed it refuses, revived it answers on the same address', async () => {
  const server = await started()
  const {url} = server
  await server.kill()
  expect(server.state).toBe('down')
  expect(await ask(server).catch(codeOf)).toBe('ECONNREFUSED')
  await server.kill()
  await server.revive()
  expect([server.url, await ask(server)]).toEqual([url, 'data'])
})

it('frozen it takes a connection and never answers; thawed it answers what waited', async () => {
  const server = await started()
  server.freeze()
  const waiting = ask(server)
  const gone = new AbortController()
  const leaving = ask(server, gone.signal).catch(() => 'left')
  await new Promise(resolve => setTimeout(resolve, 100))
  gone.abort()
  expect([await leaving, answered, server.state]).toEqual(['left', 0, 'frozen'])
  await new Promise(resolve => setTimeout(resolve, 50))
  await server.revive()
  expect([await waiting, answered]).toEqual(['data', 1])
})

it('killed while frozen it cuts those who wait, and thaws nothing later', async () => {
  const server = await started()
  server.freeze()
  const waiting = ask(server).catch(() => 'cut')
  await new Promise(resolve => setTimeout(resolve, 50))
  await server.kill()
  expect(await waiting).toBe('cut')
  await server.revive()
  expect([await ask(server), answered]).toEqual(['data', 1])
})

it('a server that is down does not freeze', async () => {
  const server = await started()
  await server.kill()
  server.freeze()
  expect(server.state).toBe('down')
})
