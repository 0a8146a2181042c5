import type {Resource} from './resource.ts'
import {artifacts, transfers} from './resources/artifacts.ts'
import {directives, history, kv, leases, raft, tasks} from './resources/control.ts'
import {events} from './resources/events.ts'
import {alerts, errors, logs, shards, traces, wal} from './resources/tael.ts'

/** What has a screen with a name; the first nine in the order of their digits. */
export const resources: readonly Resource[] = [
  traces, errors, logs, shards, raft, tasks, leases, directives, artifacts, alerts, events, kv, wal, transfers,
]

export function resourceOf(name: string): Resource {
  return [...resources, history].find(each => each.name === name)!
}
