import {duration, instant} from '../units.ts'
import {escapeControl} from '../escape.ts'
import {view, wide, type Page, type Tone} from '../view.ts'

/* The records as the client gives them; spelled out here because formats know no client. */
interface Target {
  tenant?: string; index?: string; principal?: string; endpoint?: string
}
export interface DirectiveItem extends Target {
  id: string; level: string; samplePerMille: number; ringBuffer: boolean; capture: boolean
  state: 'active' | 'expired' | 'unknown'
  certainty: 'until' | 'at least' | 'unknown'
  endsAtMs?: number; latestMs?: number
  /** As it was written, which tells nothing about what is left: not shown. */
  ttlSecs?: number | bigint
  /** What was left when it was read. */
  leftMs?: number
  droppedKeys: string[]
}
interface Failure { code: string; message: string; hint?: string }
interface ProofItem {
  instance: string; applies: 'current' | 'previous' | 'none' | 'unknown'
  key?: 'held' | 'not honoured' | 'unknown'; clock?: string; error?: Failure
}
interface PublishedItem {
  version: string; directives: {id: string; endsAtMs: number}[]; ended: string[]; replanned: number; repeated: boolean
  proofs: ProofItem[]; instances: {instance: string; state: string; error?: Failure}[]
}

const at = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString())
const shortAt = (ms: number | undefined) => (ms === undefined ? undefined : instant(at(ms)!))

const stateTone: Record<DirectiveItem['state'], Tone> = {active: 'good', expired: 'dim', unknown: 'warn'}

export function targetText({tenant, index, principal, endpoint}: Target): string {
  const parts = Object.entries({tenant, index, principal, endpoint}).filter(([, value]) => value !== undefined)
  return parts.length === 0 ? 'every request' : parts.map(([key, value]) => `${key}=${value}`).join(' ')
}

function records({ringBuffer, capture}: DirectiveItem): string {
  return [ringBuffer ? 'tape' : '', capture ? 'capture' : ''].filter(Boolean).join(',')
}

export const directiveView = view<DirectiveItem>('directives', each => each.id, {
  id: {get: each => each.id, priority: 4},
  state: {get: each => each.state, tone: each => stateTone[each.state], priority: 4},
  level: each => each.level,
  target: {get: each => targetText(each), tone: each => (each.droppedKeys.length > 0 ? 'bad' : undefined), priority: 3},
  records: {get: each => records(each) || undefined, priority: 1},
  sample: {
    get: each => `${each.samplePerMille / 10}%`, value: each => each.samplePerMille, unit: 'per_mille', align: 'right',
  },
  left: {
    get: each => (each.leftMs === undefined ? undefined : duration(Math.max(0, Math.floor(each.leftMs / 1000) * 1000))),
    value: each => each.leftMs, unit: 'ms', align: 'right', priority: 3,
  },
  certainty: {get: each => each.certainty, priority: 3},
  ends: {get: each => shortAt(each.endsAtMs), value: each => at(each.endsAtMs), priority: 2},
  latest: wide(each => shortAt(each.latestMs)),
  dropped: wide(each => each.droppedKeys.join(',') || undefined),
}, {
  empty: 'no directives: the proxies run at their baseline',
  data: ({endsAtMs, latestMs, ttlSecs: _, ...rest}) => ({...rest, endsAt: at(endsAtMs), latestAt: at(latestMs)}),
})

const proofTone: Record<ProofItem['applies'], Tone> = {current: 'good', previous: 'bad', none: 'bad', unknown: 'warn'}
const proofText: Record<ProofItem['applies'], string> = {
  current: 'the newest set', previous: 'the set before', none: 'neither the newest nor the one before',
  unknown: 'unknown',
}

export const proofView = view<ProofItem>('instances', each => each.instance, {
  instance: {get: each => each.instance, priority: 3},
  applies: {get: each => proofText[each.applies], tone: each => proofTone[each.applies], priority: 2},
  key: {get: each => each.key, tone: each => (each.key === 'held' ? 'good' : 'warn')},
  clock: {get: each => each.clock, tone: each => (each.clock === 'agrees' ? undefined : 'warn')},
  why: {get: each => each.error?.message, priority: -1},
}, {empty: 'no instance is configured, so nothing can be asked: set directives.instances'})

export const publishedView = view<PublishedItem>('published', each => each.version, {
  version: each => each.version,
  directives: each => each.directives.map(({id, endsAtMs}) => `${id} until ${shortAt(endsAtMs)}`).join(', ') || 'none',
  applied: {
    get: each => appliedText(each.proofs),
    tone: each => (each.proofs.every(({applies}) => applies === 'current') ? 'good' : 'warn'),
  },
  failed: {
    get: each => failedText(each.instances) || undefined, tone: () => 'bad',
  },
  ended: wide(each => each.ended.join(',') || undefined),
  replanned: wide(each => each.replanned),
  repeated: wide(each => each.repeated),
}, {
  data: ({directives, ...rest}) => (
    {...rest, directives: directives.map(({id, endsAtMs}) => ({id, endsAt: at(endsAtMs)}))}),
})

function appliedText(proofs: ProofItem[]): string {
  if (proofs.length === 0) return 'not verified'
  const bad = proofs.filter(({applies}) => applies !== 'current')
  const text = `${proofs.length - bad.length} of ${proofs.length}`
  return [text, ...bad.map(each => `${each.instance}: ${proofText[each.applies]}`)].join('; ')
}

function failedText(instances: PublishedItem['instances']): string {
  return instances.filter(({state}) => state !== 'done')
    .map(({instance, state, error}) => `${instance}: ${state}${error ? ` (${error.message})` : ''}`).join(', ')
}

interface DifferenceItem { id: string; change: string; before?: DirectiveSide; after?: DirectiveSide }
type DirectiveSide = Target & {level: string; samplePerMille: number; ringBuffer: boolean; capture: boolean}

const changeTone: Record<string, Tone> = {added: 'good', removed: 'bad', changed: 'warn', same: 'dim'}

export const differenceView = view<DifferenceItem>('differences', each => each.id, {
  id: each => each.id,
  change: {get: each => each.change, tone: each => changeTone[each.change]},
  before: each => each.before && sideText(each.before),
  after: each => each.after && sideText(each.after),
}, {empty: 'both sets are empty'})

function sideText({level, samplePerMille, ringBuffer, capture, ...target}: DirectiveSide): string {
  const sampled = samplePerMille < 1000 ? `${samplePerMille / 10}%` : ''
  const flags = [ringBuffer ? 'tape' : '', capture ? 'capture' : '', sampled]
  return [level, targetText(target), ...flags.filter(Boolean)].join(' ')
}

type FollowEvent =
  | {event: 'present' | 'added' | 'removed' | 'changed' | 'prolonged' | 'ended' | 'unclear'; directive: DirectiveItem}
  | {event: 'watching' | 'notice'; text: string}
  | {event: 'gap'; error: {message: string}}

/** An event of `watch` as data; the item has the same shape as in a list. */
export function eventOf(event: FollowEvent, nowMs: number): {event: string; at: string; item?: unknown; text?: string} {
  const head = {event: event.event, at: new Date(nowMs).toISOString()}
  if (event.event === 'gap') return {...head, text: event.error.message}
  if ('text' in event) return {...head, text: event.text}
  const {directive} = event
  const text = `${directive.id} ${directive.level} ${targetText(directive)}`
  return {...head, item: directiveView.data!(directive), text}
}

const eventTone: Record<string, Tone> = {
  added: 'good', removed: 'bad', changed: 'warn', ended: 'dim', unclear: 'warn', gap: 'bad', notice: 'warn',
}

type EventRecord = ReturnType<typeof eventOf>

export function eventLine({event, at: atText, text = ''}: EventRecord, page: Pick<Page, 'paint'>): string {
  return `${instant(atText)}  ${page.paint(eventTone[event] ?? 'key', event.padEnd(9))}  ${escapeControl(text)}\n`
}
