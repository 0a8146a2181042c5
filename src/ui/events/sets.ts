import type {Directive, Readings, Rule} from '../model.ts'
import type {Happening, Seen} from './event.ts'

/** Those that have not ended, by their ids. */
export type DirectivesMemory = ReadonlyMap<string, Directive>

const hasEnded = ({state, endsAtMs}: Directive, nowMs: number) =>
  state === 'expired' || (endsAtMs !== undefined && endsAtMs <= nowMs)

/** What happened to a set of directives: each end is told once, whether it stays listed or is gone at once. */
export function directivesSeen(
  before: DirectivesMemory | undefined, {items, missing}: Readings['directives'], nowMs: number,
): Seen<DirectivesMemory> {
  const live = new Map(items.filter(each => !hasEnded(each, nowMs)).map(each => [each.id, each]))
  const over = items.filter(each => hasEnded(each, nowMs))
  const listed = new Set(items.map(({id}) => id))
  if (!before) return {memory: live, happened: []}
  // What an instance that does not answer holds is not known to be gone.
  const gone = missing.length > 0 ? [] : [...before.values()].filter(({id}) => !listed.has(id))
  for (const each of missing.length > 0 ? before.values() : []) if (!listed.has(each.id)) live.set(each.id, each)
  const newlyOver = over.filter(each => before.has(each.id))
  const happened: Happening[] = [
    ...newlyOver.map(expired),
    ...gone.map(each => (hasEnded(each, nowMs) ? expired(each) : revoked(each))),
    ...[...live.values()].filter(({id}) => !before.has(id)).map((each): Happening => (
      {kind: 'directive published', subject: each.id, text: `${each.id}: ${each.level}`})),
  ]
  return {memory: live, happened}
}

const expired = ({id}: Directive): Happening =>
  ({kind: 'directive expired', subject: id, text: `${id}: its time is over`})
const revoked = ({id}: Directive): Happening =>
  ({kind: 'directive revoked', subject: id, text: `${id}: taken out before its end`})

/** Firing rules, as `shard/name`. */
export type AlertsMemory = ReadonlyMap<string, boolean>

/** Which alerts began and which stopped firing; a shard that does not answer says nothing about its own. */
export function alertsSeen(before: AlertsMemory | undefined, {items}: Readings['alerts']): Seen<AlertsMemory> {
  const key = ({shard, name}: Rule) => (shard === undefined ? name : `${shard}/${name}`)
  const now = new Map(items.map(rule => [key(rule), rule.state === 'firing']))
  const memory = new Map([...(before ?? []), ...now])
  if (!before) return {memory, happened: []}
  return {
    memory,
    happened: items.flatMap((rule): Happening[] => {
      const [was, is] = [before.get(key(rule)) ?? false, rule.state === 'firing']
      if (was === is) return []
      return [{kind: is ? 'alert firing' : 'alert resolved', subject: key(rule), text: `${key(rule)}: ${rule.query}`}]
    }),
  }
}
