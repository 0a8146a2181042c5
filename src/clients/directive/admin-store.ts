import type {Outcome} from '../net/change.ts'
import type {Clock} from '../net/deadline.ts'
import {ConflictError, Exit, OpsError} from '../net/errors.ts'
import {neverSent} from '../net/http-errors.ts'
import type {HeldDirective, Snapshot} from './listing.ts'
import {pollStore} from './poll.ts'
import {postAdminSet, readAdminSet, type ProxyInstance} from './proxy-api.ts'
import {decodeSet} from './decode.ts'
import type {SetRecord} from './record.ts'
import {
  changedMeanwhile, contentVersion, type DirectiveStore, type InstanceOutcome, type SetWrite, type Written,
} from './store.ts'

/** Where the record of what we published to an instance stays, since the admin endpoint keeps none. */
export interface RecordKeeper {
  load(instance: string): Promise<SetRecord | undefined>
  save(instance: string, record: SetRecord): Promise<void>
}

export interface AdminStoreOptions {
  instances: readonly ProxyInstance[]
  records: RecordKeeper
  clock: Clock
  /** How long after the publish it is read back: another operator's write in that time is noticed. */
  settleMs?: number
}

/**
 * The admin endpoints of a fleet: one set an instance, no version, no precondition. It is read again just
 * before the write and once more after it; what happens between the two cannot be excluded, only noticed.
 */
export function createAdminStore(options: AdminStoreOptions): DirectiveStore {
  const {instances, records, clock} = options
  const place = instances.map(({name}) => name).join(',')
  const load = async (signal?: AbortSignal): Promise<Snapshot> => {
    const {sets, missing} = await readAll(instances, records, signal)
    const missed = missing.length > 0 ? {missing} : {}
    return {store: 'admin', readAtMs: clock.nowMs(), dropped: [], ...combined(sets), ...recorded(sets), ...missed}
  }
  return {
    kind: 'admin', place, load,
    warnings: [
      'the admin endpoint has no precondition: a set that somebody publishes in the same moment is replaced unseen',
      ...(instances.length > 1 ? [`${instances.length} instances are written one after the other, not as one`] : []),
    ],
    describe: ({value}) => instances.map(({name}) => `POST ${name}/admin/directives\n${value}`).join('\n'),
    async write(write, signal) {
      const now = await load(signal)
      const [missing] = now.missing ?? []
      if (missing) return {state: 'not-done', error: missing.error}
      const {version} = now
      if (version !== write.seen.version) return {state: 'not-done', error: changedMeanwhile(write.seen, version)}
      return publish(options, write, signal)
    },
    watch: (since, signal) => pollStore(load, since, {everyMs: 1000, clock, signal}),
    async close() {
      await Promise.all(instances.map(({http}) => http.close()))
    },
  }
}

async function publish(
  {instances, records, clock, settleMs = 300}: AdminStoreOptions, {seen, value, record}: SetWrite, signal?: AbortSignal,
): Promise<Outcome<Written>> {
  const setVersion = expectedVersion(value)
  const outcomes = await publishToAll(instances, value, signal)
  const mayBeThere = outcomes.filter(({state}) => state !== 'not-done')
  if (mayBeThere.length === 0) return settle(outcomes, seen.version)
  // From here on the write is done: a record that cannot be kept only makes its times unknown, and being
  // asked to stop does not make it undone.
  await Promise.all(mayBeThere.map(({instance}) => records.save(instance, {...record, setVersion}).catch(() => {})))
  await clock.sleep(settleMs)
  return settle(await readBack(instances, setVersion, outcomes), setVersion)
}

interface InstanceSet {
  instance: string
  directives: HeldDirective[]
  record: SetRecord | undefined
}

/** One that does not answer is missing; one that refuses us is an error, since then the context is wrong. */
async function readAll(
  instances: readonly ProxyInstance[], records: RecordKeeper, signal?: AbortSignal,
): Promise<{sets: InstanceSet[]; missing: NonNullable<Snapshot['missing']>}> {
  const read = await Promise.all(instances.map(async instance => {
    const [directives, record] = await Promise.all([
      readAdminSet(instance, signal).catch(asMissing), records.load(instance.name),
    ])
    return {instance: instance.name, directives, record}
  }))
  const sets = read.filter((set): set is InstanceSet => !(set.directives instanceof OpsError))
  const missing = read.flatMap(({instance, directives: answer}) =>
    (answer instanceof OpsError ? [{instance, error: answer}] : []))
  if (sets.length === 0 && missing[0]) throw missing[0].error
  return {sets, missing}
}

function asMissing(error: unknown): OpsError {
  if (error instanceof OpsError && error.exit === Exit.unreachable) return error
  throw error
}

function combined(sets: InstanceSet[]): Pick<Snapshot, 'version' | 'directives' | 'differing'> {
  const versions = sets.map(({directives}) => contentVersion(directives))
  const directives = sets[0]?.directives ?? []
  if (new Set(versions).size <= 1) return {version: versions[0] ?? '0', directives}
  const known = new Map(sets.flatMap(set => set.directives.map(directive => [directive.id, directive] as const)))
  return {version: versions.join('+'), directives: [...known.values()], differing: sets}
}

/** Our record speaks for the fleet when each instance holds exactly what one and the same publish gave it. */
function recorded(sets: InstanceSet[]): Pick<Snapshot, 'record' | 'recordState'> {
  const record = sets.find(set => set.record)?.record
  if (!record) return {recordState: 'absent'}
  const matches = sets.every(({directives, record: own}) =>
    own?.nonce === record.nonce && contentVersion(directives) === own.setVersion)
  return {record, recordState: matches ? 'matches' : 'passed over'}
}

function expectedVersion(value: string): string {
  const decoded = decodeSet(value)
  return decoded.ok ? contentVersion(decoded.directives) : 'malformed'
}

/** One after the other; stops at the first certain refusal as long as nothing was written. */
async function publishToAll(instances: readonly ProxyInstance[], value: string, signal?: AbortSignal) {
  const outcomes: InstanceOutcome[] = []
  for (const instance of instances) {
    const outcome = await publishToOne(instance, value, signal)
    outcomes.push(outcome)
    if (outcome.state === 'not-done' && outcomes.every(({state}) => state === 'not-done')) break
  }
  return outcomes
}

async function publishToOne(instance: ProxyInstance, value: string, signal?: AbortSignal): Promise<InstanceOutcome> {
  try {
    await postAdminSet(instance, value, signal)
    return {instance: instance.name, state: 'done'}
  } catch (error) {
    if (!(error instanceof OpsError)) throw error
    const isCertain = neverSent(error) || !(error.exit === Exit.unreachable || error.code === 'ABORTED')
    return {instance: instance.name, state: isCertain ? 'not-done' : 'unknown', error}
  }
}

/** What each instance holds now: an unanswered publish is resolved, one that was overwritten is noticed. */
async function readBack(
  instances: readonly ProxyInstance[], expected: string, outcomes: InstanceOutcome[],
): Promise<InstanceOutcome[]> {
  return Promise.all(outcomes.map(async outcome => {
    if (outcome.state === 'not-done') return outcome
    const instance = instances.find(({name}) => name === outcome.instance)!
    const found = await readAdminSet(instance).then(contentVersion, () => undefined)
    if (found === expected) return {instance: outcome.instance, state: 'done' as const}
    if (found === undefined || outcome.state === 'unknown') return outcome
    return {...outcome, state: 'not-done' as const, error: overwritten(outcome.instance)}
  }))
}

function settle(instances: InstanceOutcome[], version: string): Outcome<Written> {
  const first = (state: InstanceOutcome['state']) => instances.find(outcome => outcome.state === state)
  if (first('done')) return {state: 'done', result: {version, instances}}
  const unknown = first('unknown')
  if (unknown) return {state: 'unknown', error: unknown.error!, found: 'the published set is not there (yet)'}
  return {state: 'not-done', error: instances[0]!.error!}
}

function overwritten(instance: string): ConflictError {
  return new ConflictError(`${instance} took the set and holds another one now: somebody published over it`, {
    code: 'OVERWRITTEN',
    endpoint: instance,
    hint: 'The admin endpoint cannot prevent this. Talk to the other operator, then publish again.',
  })
}
