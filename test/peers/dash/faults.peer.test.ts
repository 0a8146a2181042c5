import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {areFresh, eventLog, isFresh, times, titleOf, downAge, toldWithinS, type EventLog} from './panels.ts'
import {openTerminal, type Terminal} from './terminal.ts'
import {startSystems, type RealSystems} from './world.ts'

/* Each real system frozen, killed and brought back while the dashboard looks on, in a real terminal. */

let systems: RealSystems
let terminal: Terminal
let log: EventLog

const titles = ['RAFT', 'SHARDS', 'TASKS', 'LEASES', 'DIRECTIVES', 'ALERTS', 'ERRORS']
const allFresh = (lines: string[]) => areFresh(lines, titles)

beforeAll(async () => {
  systems = await startSystems()
  terminal = await openTerminal(['dash'], {env: systems.env, columns: 240, rows: 50})
  await terminal.until(lines => allFresh(lines) && /leader \d term \d+ proven/.test(titleOf(lines, 'RAFT')) && /2\/2 up/.test(titleOf(lines, 'SHARDS')), 'everything is read', 60_000)
  log = eventLog(terminal, systems.stateDir)
})

afterAll(async () => {
  terminal?.close()
  await systems?.stop()
})

interface Fault {
  title: string
  source: string
  act: () => Promise<void> | void
  mend: () => Promise<void> | void
}

const faults = (): [string, Fault][] => {
  const {leases, directives} = systems
  return [
    ['NATS frozen', {title: 'LEASES', source: 'leases', act: leases.freeze, mend: leases.thaw}],
    ['NATS killed', {title: 'LEASES', source: 'leases', act: leases.kill, mend: leases.restart}],
    ['osproxy frozen', {title: 'DIRECTIVES', source: 'directives', act: directives.freeze, mend: directives.thaw}],
    ['osproxy killed', {title: 'DIRECTIVES', source: 'directives', act: directives.kill, mend: directives.restart}],
  ]
}

describe('a source that goes away and comes back', () => {
  it.each([0, 1, 2, 3])('fault %i is told once, with its age, and stops no other', async at => {
    const [name, {title, source, act, mend}] = faults()[at]!
    await log.added()
    await act()
    await terminal.until(lines => downAge(lines, title) !== undefined, `${name}: ${title} says so`)
    const age = downAge(terminal.screen(), title)!
    console.log(`${name}: on the screen at an age of ${age} s`)
    expect(age).toBeLessThanOrEqual(toldWithinS)
    await terminal.until(lines => titles.filter(each => each !== title).every(each => isFresh(lines, each)), `${name}: the others go on`)
    await mend()
    await terminal.until(allFresh, `${name}: it recovers by itself`)
    const events = await log.added()
    expect([times(events, `source lost: ${source}`), times(events, `source back: ${source}`)]).toEqual([1, 1])
  })
})

it('a failover of Raft: the node is lost once, another leads, proven, and the node comes back', async () => {
  const leaderOf = (lines: string[]) => /leader (\d) term (\d+) proven/.exec(titleOf(lines, 'RAFT'))
  const [, id] = leaderOf(terminal.screen())!
  await log.added()
  await systems.raft.kill(Number(id))
  const lostMs = await terminal.until(lines => lines.some(line => new RegExp(`^ ${id} +down`).test(line)), 'the node is down')
  const ledMs = await terminal.until(lines => leaderOf(lines) !== null && leaderOf(lines)![1] !== id, 'another one leads')
  console.log(`Raft: down after ${Math.round(lostMs)} ms, another leader ${Math.round(ledMs)} ms later`)
  await terminal.until(lines => isFresh(lines, 'SHARDS') && isFresh(lines, 'LEASES'), 'the others go on')
  systems.raft.restart(Number(id))
  await terminal.until(lines => /3\/3 ready/.test(titleOf(lines, 'RAFT')), 'the node is back', 60_000)
  const events = await log.added()
  expect([times(events, `node lost: raft ${id}`), times(events, `node back: raft ${id}`), times(events, 'leader changed: raft')]).toEqual([1, 1, 1])
})

it('a silent follower of Raft: the node is lost once and back once, and nothing else happens to the cluster', async () => {
  const leaderOf = (lines: string[]) => /leader \d term \d+ proven/.exec(titleOf(lines, 'RAFT'))?.[0]
  await terminal.until(lines => leaderOf(lines) !== undefined, 'somebody leads')
  const leader = leaderOf(terminal.screen())!
  const id = [1, 2, 3].find(each => !leader.startsWith(`leader ${each}`))!
  await log.added()
  systems.raft.freeze(id)
  const seenMs = await terminal.until(lines => lines.some(line => new RegExp(`^ ${id} +down`).test(line)), 'the node is down')
  console.log(`Raft: silent node down after ${Math.round(seenMs)} ms`)
  await terminal.until(lines => areFresh(lines, titles), 'the cluster and the others go on')
  systems.raft.thaw(id)
  await terminal.until(lines => /3\/3 ready/.test(titleOf(lines, 'RAFT')), 'the node is back', 60_000)
  const events = (await log.added()).filter(event => event.includes('raft'))
  expect([times(events, `node lost: raft ${id}`), times(events, `node back: raft ${id}`)]).toEqual([1, 1])
  expect(events.filter(event => event.startsWith('node'))).toHaveLength(2)
})

it.each([
  ['frozen', (node: RealSystems['tael']['a']) => node.freeze(), (node: RealSystems['tael']['a']) => node.thaw()],
  ['killed', (node: RealSystems['tael']['a']) => node.kill(), (node: RealSystems['tael']['a']) => node.restart()],
] as const)('a tael leader %s: lost once, the standby leads, no split is told, and it is back once', async (_, act, mend) => {
  const {a} = systems.tael
  await log.added()
  await act(a)
  const seenMs = await terminal.until(lines => /1\/2 up/.test(titleOf(lines, 'SHARDS')), 'the node is down')
  console.log(`tael: down after ${Math.round(seenMs)} ms`)
  await terminal.until(lines => /s0 leads node-b/.test(titleOf(lines, 'SHARDS')), 'the standby leads', 60_000)
  await mend(a)
  await terminal.until(lines => /2\/2 up +s0 leads node-/.test(titleOf(lines, 'SHARDS')) && allFresh(lines), 'it is back and one leads', 60_000)
  const events = await log.added()
  expect([times(events, `shard lost: ${a.url}`), times(events, `shard back: ${a.url}`), times(events, 'split: s0')]).toEqual([1, 1, 0])
})
