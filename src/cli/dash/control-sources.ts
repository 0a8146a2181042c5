import {UnreachableError} from '../../clients/net/errors.ts'
import {openDirectives} from '../open/directives.ts'
import {openLeases} from '../open/leases.ts'
import {openRaft} from '../open/raft.ts'
import {openTasks} from '../open/tasks.ts'
import type {OpenTools} from '../open/tools.ts'
import {exportLags} from './export-lags.ts'
import {reopening} from './reopening.ts'

/** With the time limit of a request, what is gone is on the screen within three seconds. */
export const oftenMs = 800

export function raftSource(tools: OpenTools) {
  const raft = reopening(() => openRaft(tools), client => client.close())
  const read = (signal: AbortSignal) => raft.use(async client => {
    const {leader, nodes, problems} = await client.status(signal)
    const silent = nodes.filter(({reachable}) => !reachable)
    if (silent.length === nodes.length) {
      throw new UnreachableError(`no node answers: ${silent[0]?.error?.message ?? ''}`)
    }
    return {leader, problems, items: nodes, missing: silent.map(({id}) => `node ${id}`)}
  }, signal)
  return {list: [{name: 'raft' as const, intervalMs: oftenMs, read}], close: raft.close}
}

export function taskSource(tools: OpenTools) {
  const tasks = reopening(() => openTasks(tools), client => client.close())
  const read = (signal: AbortSignal) => tasks.use(async client => {
    const {version, tasks: items, inFlight} = await client.list(undefined, signal)
    return {items, version, inFlight, missing: []}
  }, signal)
  return {
    list: [{name: 'tasks' as const, intervalMs: oftenMs, read}],
    client: tasks,
    taskHistory: (task: string, signal: AbortSignal) => tasks.use(client => client.history(task, signal), signal),
    close: tasks.close,
  }
}

export function leaseSource(tools: OpenTools) {
  const leases = reopening(() => openLeases(tools), client => client.store.close())
  const lags = exportLags(tools)
  const read = (signal: AbortSignal) => leases.use(async client => {
    const {leaseItem} = await import('../../clients/lease/item.ts')
    const [listed, {lagOf, missing}] = await Promise.all([client.list(signal), lags.read(signal)])
    const items = listed.map(({key, state}) => leaseItem(key, state)).map(item => ({...item, exportLag: lagOf(item)}))
    return {items, missing}
  }, signal)
  const close = async () => void (await Promise.all([leases.close(), lags.close()]))
  return {list: [{name: 'leases' as const, intervalMs: oftenMs, read}], client: leases, close}
}

export function directiveSource(tools: OpenTools) {
  const directives = reopening(() => openDirectives(tools), opened => opened.close())
  const read = (signal: AbortSignal) => directives.use(async ({client}) => {
    const {listing, notices} = await import('../../clients/directive/listing.ts')
    const snapshot = await client.load(signal)
    const missing = (snapshot.missing ?? []).map(({instance, error}) => `${instance}: ${error.message}`)
    return {items: listing(snapshot, tools.io.clock.nowMs()), notices: notices(snapshot), missing}
  }, signal)
  return {list: [{name: 'directives' as const, intervalMs: oftenMs, read}], client: directives, close: directives.close}
}
