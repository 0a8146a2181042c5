import type {SourceName} from './model.ts'
import type {KnownSources, World} from './world.ts'

/** What a script can be told to fail on. */
export const failures = ['leader', 'shard', 'lease', 'alert'] as const
export type Failure = (typeof failures)[number]

/** `null`: nobody can say, since a source that would know is missing. */
export interface Verdict {
  failure: Failure
  met: boolean | null
  why: string[]
}

const needs: Record<Failure, readonly SourceName[]> = {
  leader: ['raft', 'shards'], shard: ['shards'], lease: ['leases', 'tasks'], alert: ['alerts'],
}

/** Whether something is wrong now, from one reading of each source. A source that is not configured is not asked. */
export function verdict(failure: Failure, sources: KnownSources): Verdict {
  const configured = needs[failure].filter(name => sources[name])
  const why = rules[failure](sources)
  const isSilent = (name: SourceName) => sources[name]!.data === undefined || sources[name]!.error !== undefined
  const isUnknown = configured.length === 0 || configured.some(isSilent)
  return {failure, met: why.length > 0 ? true : isUnknown || isPartial(failure, sources) ? null : false, why}
}

/** Some of what would have to be known was not said, or cannot be believed yet. */
function isPartial(failure: Failure, {alerts, shards}: KnownSources): boolean {
  if (failure === 'alert') return (alerts?.data?.missing.length ?? 0) > 0
  const groups = shards?.data?.groups ?? []
  return failure === 'leader' && groups.some(group => group.verdict === 'unknown' || group.settling)
}

const rules: Record<Failure, (sources: KnownSources) => string[]> = {
  leader: ({raft, shards}) => [
    ...(raft?.data && !raft.data.leader ? ['raft: no proven leader'] : []),
    ...(shards?.data?.groups ?? []).filter(group => !group.settling && ['split', 'no-leader'].includes(group.verdict))
      .map(group => `${group.shard}: ${group.verdict}`),
  ],
  shard: ({shards}) => (shards?.data?.items ?? []).filter(node => !node.healthy || node.ready === false)
    .map(node => `${node.shard} ${node.url}: ${node.healthy ? 'not ready' : 'down'}`),
  lease: ({leases, tasks}) => [
    ...(leases?.data?.items ?? []).filter(({state}) => state === 'expired')
      .map(({key}) => `lease ${key}: expired, not completed`),
    ...(tasks?.data?.items ?? []).filter(({state}) => state === 'stale')
      .map(({task}) => `task ${task}: its claim is stale`),
  ],
  alert: ({alerts}) => (alerts?.data?.items ?? []).filter(({state}) => state === 'firing')
    .map(({name}) => `alert ${name} is firing`),
}

/** What could not be read whole: sources without an answer, and the parts that are missing from answers. */
export function missingOf({sources}: World): string[] {
  return Object.entries(sources).flatMap(([name, known]) => {
    if (known.error !== undefined) return [`${name}: ${known.error}`]
    return known.data?.missing.map(part => `${name}: ${part}`) ?? []
  })
}
