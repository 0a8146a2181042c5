/** The levels a directive can ask for, lowest first. A directive only ever raises above the baseline. */
export const levels = ['Off', 'Shape', 'ShapeTiming', 'ShapeRewriteDiff'] as const
export type Level = (typeof levels)[number]

/** The classes into which the proxy sorts requests, in its own spelling. */
export const endpointKinds = [
  'IngestDoc', 'IngestBulk', 'Search', 'MultiSearch', 'Count', 'GetById', 'MultiGet', 'DeleteById', 'DeleteByQuery',
  'Cursor', 'Admin', 'Unknown',
] as const
export type EndpointKind = (typeof endpointKinds)[number]

/** What a directive matches: every field that is set must equal, exactly; none set means every request. */
export interface Target {
  /** The resolved partition. */
  tenant?: string
  /** The first segment of the request path. */
  index?: string
  principal?: string
  endpoint?: EndpointKind
}

/** One directive as the proxy reads it from a published set. */
export interface Directive extends Target {
  /** The proxy allows it empty and twice; what we publish has it once and not empty. */
  id: string
  level: Level
  /** Seconds from the moment an instance decodes the set; up to 2^64-1, hence bigint beyond 2^53. */
  ttlSecs: number | bigint
  /** Per mille of the matching requests, 0 to 1000. */
  samplePerMille: number
  /** Copy the explain document of a matching request to the instance's break-glass tape. */
  ringBuffer: boolean
  /** Tee the traffic to the capture sink; without effect in a build that has none. */
  capture: boolean
}

export const targetKeys = ['tenant', 'index', 'principal', 'endpoint'] as const

/** The keys that a published directive may hold, in the proxy's spelling. */
export const directiveKeys = [
  'id', 'level', 'ttl_secs', ...targetKeys, 'sample_per_mille', 'ring_buffer', 'capture',
] as const

export function isLevel(name: unknown): name is Level {
  return levels.includes(name as Level)
}

export function isEndpointKind(name: unknown): name is EndpointKind {
  return endpointKinds.includes(name as EndpointKind)
}

/** The set as the proxy reads it, by the admin endpoint and from etcd alike; defaults are left out. */
export function encodeSet(directives: readonly Directive[]): string {
  return `{"directives":[${directives.map(encodeDirective).join(',')}]}`
}

function encodeDirective(directive: Directive): string {
  const {id, level, ttlSecs, samplePerMille, ringBuffer, capture} = directive
  const head = `"id":${JSON.stringify(id)},"level":${JSON.stringify(level)},"ttl_secs":${ttlSecs}`
  const rest = {
    ...targetOf(directive),
    ...(samplePerMille === 1000 ? {} : {sample_per_mille: samplePerMille}),
    ...(ringBuffer ? {ring_buffer: true} : {}),
    ...(capture ? {capture: true} : {}),
  }
  const tail = JSON.stringify(rest).slice(1, -1)
  return `{${head}${tail === '' ? '' : `,${tail}`}}`
}

/** Only the targets that are set, always in the same order. */
export function targetOf(target: Target): Target {
  return Object.fromEntries(targetKeys.filter(key => target[key] !== undefined).map(key => [key, target[key]]))
}

/** Whether two directives do the same, their remaining time apart. */
export function sameEffect(one: Directive, other: Directive): boolean {
  return encodeDirective({...one, ttlSecs: 1}) === encodeDirective({...other, ttlSecs: 1})
}
