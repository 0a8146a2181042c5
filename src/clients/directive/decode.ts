import {
  directiveKeys, isEndpointKind, isLevel, type Directive, type EndpointKind, type Level,
} from './model.ts'
import {JsonSyntaxError, member, parseJsonTree, type JsonNode} from './json-tree.ts'

/** The proxy's own words for a set that it refuses. It names no position. */
export type Rejection =
  | 'invalid_json' | 'not_an_object' | 'missing_directives' | 'unknown_field' | 'missing_id' | 'missing_level'
  | 'unknown_level' | 'missing_ttl_secs' | 'zero_ttl' | 'bad_sample_rate' | 'bad_endpoint' | 'unknown_endpoint'

/** A value of the wrong type that the proxy passes over: a target dropped like this widens the directive. */
export interface Dropped {
  directiveId: string
  key: string
}

export type Decoded =
  | {ok: true; directives: Directive[]; dropped: Dropped[]}
  | {ok: false; rejection: Rejection}

class Rejected extends Error {
  readonly rejection: Rejection

  constructor(rejection: Rejection) {
    super(rejection)
    this.rejection = rejection
  }
}

type JsonObject = JsonNode & {kind: 'object'}

/**
 * Reads a set exactly as osproxy 1.0.5 does, leniencies included: the first fault refuses the whole set, a
 * target of the wrong type is dropped. For what others have stored, and for the sandbox; what we publish
 * ourselves goes through `validate.ts`, which is stricter. Held against the recorded answers of the proxy.
 */
export function decodeSet(text: string): Decoded {
  try {
    const root = object(parseJsonTree(text), ['directives'])
    const list = member(root, 'directives')
    if (list?.kind !== 'array') throw new Rejected('missing_directives')
    const dropped: Dropped[] = []
    return {ok: true, directives: list.items.map(item => decodeOne(object(item, directiveKeys), dropped)), dropped}
  } catch (error) {
    if (error instanceof Rejected) return {ok: false, rejection: error.rejection}
    if (error instanceof JsonSyntaxError) return {ok: false, rejection: 'invalid_json'}
    throw error
  }
}

function object(node: JsonNode, keys: readonly string[]): JsonObject {
  if (node.kind !== 'object') throw new Rejected('not_an_object')
  if (node.members.some(({key}) => !keys.includes(key))) throw new Rejected('unknown_field')
  return node
}

function decodeOne(node: JsonObject, dropped: Dropped[]): Directive {
  const id = text(node, 'id') ?? reject('missing_id')
  const level = levelOf(node)
  const ttlSecs = unsigned(member(node, 'ttl_secs')) ?? reject('missing_ttl_secs')
  if (ttlSecs === 0) reject('zero_ttl')
  const samplePerMille = sampleOf(node)
  const optional = (key: 'tenant' | 'index' | 'principal') => text(node, key) ?? drop(node, key, id, dropped)
  const flag = (key: 'ring_buffer' | 'capture') => {
    const value = member(node, key)
    if (value?.kind === 'boolean') return value.value
    drop(node, key, id, dropped)
    return false
  }
  const [tenant, index, principal] = [optional('tenant'), optional('index'), optional('principal')]
  const endpoint = endpointOf(node)
  return {
    id, level, ttlSecs, samplePerMille, ringBuffer: flag('ring_buffer'), capture: flag('capture'),
    ...(tenant === undefined ? {} : {tenant}),
    ...(index === undefined ? {} : {index}),
    ...(principal === undefined ? {} : {principal}),
    ...(endpoint === undefined ? {} : {endpoint}),
  }
}

function levelOf(node: JsonObject): Level {
  const name = text(node, 'level') ?? reject('missing_level')
  return isLevel(name) ? name : reject('unknown_level')
}

function sampleOf(node: JsonObject): number {
  const value = member(node, 'sample_per_mille')
  if (value === undefined) return 1000
  const sample = unsigned(value)
  return typeof sample === 'number' && sample <= 1000 ? sample : reject('bad_sample_rate')
}

function endpointOf(node: JsonObject): EndpointKind | undefined {
  const value = member(node, 'endpoint')
  if (value === undefined) return undefined
  if (value.kind !== 'string') return reject('bad_endpoint')
  return isEndpointKind(value.value) ? value.value : reject('unknown_endpoint')
}

function drop(node: JsonObject, key: string, directiveId: string, dropped: Dropped[]): undefined {
  if (member(node, key) !== undefined) dropped.push({directiveId, key})
}

function text(node: JsonObject, key: string): string | undefined {
  const value = member(node, key)
  return value?.kind === 'string' ? value.value : undefined
}

/** An integer of 0 to 2^64-1 as the proxy takes it: digits only, no fraction, no exponent. */
export function unsigned(node: JsonNode | undefined): number | bigint | undefined {
  if (node?.kind !== 'number' || !/^\d+$/.test(node.text)) return undefined
  const value = BigInt(node.text)
  if (value >= 1n << 64n) return undefined
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
}

function reject(rejection: Rejection): never {
  throw new Rejected(rejection)
}
