import type {Now, SourceName} from '../../../src/ui/model.ts'
import type {AnySource, Planned, Sources} from '../../../src/ui/sources.ts'
import {kvPage} from './kv.ts'
import {alertsAt, artifacts, directivesAt, history, lastMs, leasesAt, msOf, raftAt, shardsAt, stepMs, steps, tasksAt} from './readings.ts'
import {taelRecords} from './tael.ts'
import {transfers} from './transfers.ts'
import {wal} from './wal.ts'

const tael = taelRecords(lastMs)
const listed = <T>(items: readonly T[]) => ({items, missing: []})

/** What each source says at each step; those without a step are read only while a screen shows them. */
const readings: {name: SourceName; onDemand?: boolean; at(step: number): unknown}[] = [
  {name: 'raft', at: raftAt}, {name: 'shards', at: shardsAt}, {name: 'alerts', at: alertsAt},
  {name: 'errors', at: () => listed(tael.errors)},
  {name: 'traces', onDemand: true, at: () => listed(tael.traces)}, {name: 'logs', onDemand: true, at: () => listed(tael.logs)},
  {name: 'tasks', at: tasksAt}, {name: 'leases', at: leasesAt}, {name: 'directives', at: directivesAt},
  {name: 'artifacts', onDemand: true, at: () => artifacts},
  {name: 'wal', onDemand: true, at: () => wal},
  {name: 'transfers', onDemand: true, at: () => transfers},
]

/** The clocks at a step; ages are counted from the second after the last one. */
export const nowAt = (step: number): Now => ({ms: msOf(step), monotonicMs: step * stepMs})
export const shownNow: Now = {ms: lastMs + 1_000, monotonicMs: (steps - 1) * stepMs + 1_000}

export const planned: Planned = {
  what: 'fail delta_vacuum', target: 'delta_vacuum', typed: false, warnings: ['the claim of scouter-7f9c ends'],
  preview: 'would fail delta_vacuum at version 214\n- state processing, holder scouter-7f9c\n+ state idle, next run 2026-11-21 09:00:00.000',
  apply: async () => 'fail delta_vacuum: done',
}

export interface Scene extends Omit<Sources, 'list'> {
  list: (AnySource & {at(step: number): unknown})[]
}

/** The sources of the scene; they give what they say at the step that `stepOf` tells. */
export function sceneSources(stepOf: () => number, over: Partial<Sources['facts']> = {}): Scene {
  return {
    facts: {context: 'prod-eu', danger: false, readonly: false, version: '0.1.0', ...over},
    list: readings.map(({name, onDemand, at}) => ({name, onDemand, intervalMs: 2_000, at, read: async () => at(stepOf())}) as never),
    trace: tael.waterfall,
    traceLogs: async traceId => listed(tael.logs.filter(each => each.traceId === traceId)),
    taskHistory: async () => history,
    plan: async () => ({...planned, typed: over.danger ?? false}),
    save: async name => `/state/dash/${name}.json`,
    kv: async prefix => kvPage(prefix),
    contexts: async () => ['prod-eu', 'prod-us', 'sandbox'],
    switchTo: () => Promise.reject(new Error('the scene has one context')),
    close: async () => undefined,
  }
}
