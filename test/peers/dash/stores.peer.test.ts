import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {runBin} from '../../helpers/cli.ts'
import {areFresh, downAge, eventLog, isFresh, times, titleOf, toldWithinS, type EventLog} from './panels.ts'
import {startStores, type StoreSystems} from './stores.ts'
import {openTerminal, type Terminal} from './terminal.ts'

/* Silent stores, a silent lone Raft node, and a split that lasts, each while the dashboard looks on. */

let systems: StoreSystems
let terminal: Terminal
let log: EventLog
const titles = ['RAFT', 'SHARDS', 'TASKS', 'LEASES', 'DIRECTIVES', 'ALERTS', 'ERRORS']

beforeAll(async () => {
  systems = await startStores()
  terminal = await openTerminal(['dash'], {env: systems.env, columns: 240, rows: 50})
  await terminal.until(lines => areFresh(lines, titles) && /leader \d term \d+ proven/.test(titleOf(lines, 'RAFT')) && /leads node-/.test(titleOf(lines, 'SHARDS')),
    'everything is read', 120_000)
  log = eventLog(terminal, systems.stateDir)
})

afterAll(async () => {
  terminal?.close()
  await systems?.stop()
})

describe('a silent server', () => {
  it.each([
    ['S3 under tasks', 'TASKS', 'tasks', () => systems.s3.freeze(), () => systems.s3.thaw()],
    ['etcd under directives', 'DIRECTIVES', 'directives', () => systems.etcd.freeze(), () => systems.etcd.thaw()],
    ['the only Raft node', 'RAFT', 'raft', () => systems.raft.freeze(1), () => systems.raft.thaw(1)],
  ] as const)('%s: told once with its age, the others go on, and it comes back by itself', async (name, title, source, freeze, thaw) => {
    await log.added()
    freeze()
    await terminal.until(lines => downAge(lines, title) !== undefined, `${name}: ${title} says so`)
    const age = downAge(terminal.screen(), title)!
    console.log(`${name}: on the screen at an age of ${age} s`)
    expect(age).toBeLessThanOrEqual(toldWithinS)
    await terminal.until(lines => areFresh(lines, titles.filter(each => each !== title)), `${name}: the others go on`)
    thaw()
    await terminal.until(lines => areFresh(lines, titles), `${name}: it recovers by itself`)
    const events = await log.added()
    expect([times(events, `source lost: ${source}`), times(events, `source back: ${source}`)]).toEqual([1, 1])
    expect(events.filter(event => event.startsWith('source') && !event.endsWith(source))).toEqual([])
  })

  it('S3 under artifacts: their screen says so with the age, and comes back', async () => {
    await terminal.keys('9')
    await terminal.until(lines => isFresh(lines, 'ARTIFACTS') && lines.some(line => line.includes('edge/routes')), 'the artifacts are there')
    systems.s3.freeze()
    await terminal.until(lines => downAge(lines, 'ARTIFACTS') !== undefined, 'it says so')
    const age = downAge(terminal.screen(), 'ARTIFACTS')!
    console.log(`S3 under artifacts: on the screen at an age of ${age} s`)
    expect(age).toBeLessThanOrEqual(toldWithinS)
    expect(terminal.screen().some(line => line.includes('edge/routes'))).toBe(true)
    await terminal.until(lines => /DOWN:.* tasks/.test(lines[0]!), 'the header has what the screen does not show')
    systems.s3.thaw()
    await terminal.until(lines => isFresh(lines, 'ARTIFACTS'), 'it recovers by itself')
    await terminal.keys('0')
    await terminal.until(lines => areFresh(lines, titles), 'all is well')
    const events = await log.added()
    for (const source of ['artifacts', 'tasks']) {
      expect([source, times(events, `source lost: ${source}`), times(events, `source back: ${source}`)]).toEqual([source, 1, 1])
    }
  })
})

/** The plain picture; a busy machine may miss a part of it, which is 9, so it is asked again. */
async function once() {
  for (let tries = 0; ; tries += 1) {
    const ran = await runBin('ctl', ['dash', '--once', '--fail-on', 'leader'], {env: systems.env})
    if (ran.code !== 9 || tries > 20) return ran
  }
}

it('a split that lasts is on the screen while it lasts, is told once, and its end once', async () => {
  await log.added()
  systems.tael.cut()
  await terminal.until(lines => /s0 SPLIT(?!\?)/.test(titleOf(lines, 'SHARDS')), 'both lead', 60_000)
  const rows = terminal.screen().filter(line => /^ s0 +node-[ab] +up +leader e\d/.test(line))
  expect(rows).toHaveLength(2)
  expect(titleOf(terminal.screen(), 'SHARDS')).toContain('2/2 up')
  await terminal.until(lines => areFresh(lines, titles), 'the others go on')
  expect(await once()).toMatchObject({code: 6, stdout: expect.stringContaining('s0: split (2 of 2 up)'), stderr: expect.stringContaining('s0: split')})
  systems.tael.mend()
  await terminal.until(lines => /s0 leads node-/.test(titleOf(lines, 'SHARDS')), 'one leads', 60_000)
  expect(await once()).toMatchObject({code: 0, stderr: ''})
  const events = await log.added()
  expect([times(events, 'split: s0'), times(events, 'healed: s0')]).toEqual([1, 1])
  expect(events.filter(event => /^(shard|source|leader lost)/.test(event))).toEqual([])
})
