import {afterAll, afterEach, beforeAll, expect, test} from 'vitest'
import {binPath} from '../../helpers/cli.ts'
import {taelContext} from '../../helpers/context.ts'
import {openTerminal, type Terminal} from '../../helpers/terminal.ts'
import {sendOtlp, type SeedLog} from './otlp.ts'
import {dispose, startTael, type TaelNode} from './start.ts'

/* Following in a real terminal, on two real shards that are killed, restarted and frozen. */

let shards: TaelNode[]
let env: Record<string, string>
const open: Terminal[] = []
beforeAll(async () => {
  shards = await Promise.all([startTael(), startTael()])
  env = {XDG_CONFIG_HOME: taelContext({shards: {s0: shards[0]!.url, s1: shards[1]!.url}})}
})
afterEach(() => open.splice(0).forEach(each => each.close()))
afterAll(() => dispose(...(shards ?? [])))

function tael(words: string, size: {width?: number; height?: number} = {}): Terminal {
  const made = openTerminal(`${process.execPath} ${binPath('tael')} ${words}`, {...size, env})
  open.push(made)
  return made
}
const log = (service: string, severity: SeedLog['severity'], body: string): SeedLog =>
  ({service, severity, body, t_ms: 0, attributes: {at: body}})
const send = (shard: number, ...logs: SeedLog[]) => sendOtlp(shards[shard]!.url, {logs})

test('logs of both shards, coloured; a shard that is killed, comes back, freezes and thaws is told; Ctrl-C ends it', async () => {
  await send(0, log('checkout', 'info', 'from before'))
  const terminal = tael('tail logs -f')
  await terminal.until(/checkout info from before/)
  await send(1, log('payments', 'error', 'declined'))
  await terminal.until(/payments error declined/)
  const colours = terminal.screen({colours: true})
  expect(colours).toMatch(/\u001b\[\d+mpayments\u001b\[39m/)
  expect(colours).toMatch(/\u001b\[(0;)?31m?[^\n]*error declined/)

  await shards[0]!.kill()
  await terminal.until(/shard s0: .*; trying again/)
  await send(1, log('payments', 'info', 'meanwhile'))
  await terminal.until(/meanwhile/)
  await shards[0]!.restart()
  await terminal.until(/shard s0: gap from \S+Z to \S+Z; found again by query: \d/)
  await send(0, log('checkout', 'info', 'after'))
  await terminal.until(/checkout info after/)

  shards[1]!.freeze()
  await terminal.until(/shard s1: the server takes connections but does not answer/)
  shards[1]!.thaw()
  await terminal.until(/shard s1: the server answers again/)
  await send(1, log('payments', 'info', 'thawed'))
  const all = await terminal.until(/payments info thawed/)
  for (const once of ['from before', 'declined', 'meanwhile', 'after', 'thawed']) {
    expect(all.split(once).length - 1).toBe(1)
  }
  terminal.type('C-c')
  await terminal.until(/exit 130/)
}, 90_000)

test('include, exclude, highlight and template', async () => {
  // Among records of one moment the server's order is random.
  const logs = [log('checkout', 'info', 'ping 1'), log('checkout', 'info', 'pong 2'), log('checkout', 'warn', 'ping 3')]
  await send(0, ...logs.map((each, at) => ({...each, t_ms: at - logs.length})))
  const chosen = tael('tail logs --limit 100 --include "p[io]ng" --exclude pong --highlight "ng"')
  const text = await chosen.until(/exit 0/)
  expect([text.includes('ping 1'), text.includes('pong 2'), text.includes('ping 3'), text.includes('after')]).toEqual([
    true, false, true, false,
  ])
  expect(chosen.screen({colours: true})).toMatch(/pi\u001b\[(\d+;)*7mng/)
  const own = tael(`tail logs --limit 100 --include ping --template '{severity}:{body}:{attributes.at}'`)
  expect(await own.until(/exit 0/)).toMatch(/info:ping 1:ping 1\nwarn:ping 3:ping 3\n/)
})

test('without -f a shard that is down is missing from the answer: 9', async () => {
  await shards[1]!.kill()
  const text = await tael('tail logs').until(/exit \d/)
  expect(text).toMatch(/missing: shard s1 after \d+ ms: .*nothing listens there/)
  expect(text).toMatch(/exit 9/)
  await shards[1]!.restart()
})

test('a narrow terminal shows what a trace is before when it was', async () => {
  await sendOtlp(shards[0]!.url, {spans: [{
    trace_id: '35f76ceff3c810b2049457e1371ebd87', span_id: '53e5bf95915a73e6', service: 'edge', name: 'POST /checkout',
    kind: 'server', t_ms: -100, duration_ms: 50, status: 'ok',
  }]})
  const text = await tael('traces', {width: 80}).until(/exit 0/)
  expect(text).toMatch(/TRACE +DURATION +ERRORS +ROOT/)
  expect(text).toMatch(/edge POST \/checkout/)
})

test('an alert whose command runs on the server is asked about, and no is no', async () => {
  const terminal = tael(`alert create --shard s0 --name x --query 'up > 1' --sink exec=true`)
  await terminal.until(/will run in a shell ON THE SERVER/)
  terminal.type('no', 'Enter')
  await terminal.until(/exit 12/)
  expect(await tael('alert list --shard s0').until(/exit 2/)).toContain('no alert rules')
})
