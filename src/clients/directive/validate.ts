import {UsageError} from '../net/errors.ts'
import {unsigned, type Rejection} from './decode.ts'
import {member, JsonSyntaxError, parseJsonTree, positionAt, type JsonNode, type Position} from './json-tree.ts'
import {
  directiveKeys, endpointKinds, encodeSet, isEndpointKind, isLevel, levels, type Directive,
} from './model.ts'

/** The limits of a context for what may be published. */
export interface Policy {
  /** The longest time to live, seconds. */
  maxTtlSecs: number
  /** Every request scans the whole set: keep it a handful. */
  maxDirectives: number
  /** As stored; etcd takes 1.5 MiB by default, the admin endpoint 8 MiB. */
  maxBytes: number
}

export const defaultPolicy: Policy = {maxTtlSecs: 4 * 3600, maxDirectives: 50, maxBytes: 1024 * 1024}

/** Reserved for the probe by which an instance proves which set it applies. */
export const probePrefix = '__probe'

export interface Fault extends Position {
  /** `directives[0].ttl_secs` */
  path: string
  message: string
  /** What the proxy would answer, or `accepted` when it would take it silently. */
  proxy: Rejection | 'accepted'
}

export type Validated = {directives: Directive[]; faults: []} | {directives?: undefined; faults: Fault[]}

type Report = (node: {offset: number}, path: string, proxy: Fault['proxy'], message: string) => void
type JsonObject = JsonNode & {kind: 'object'}

/**
 * Checks a set before anything is sent and names every fault with its place. Stricter than the proxy: what
 * the proxy would accept and read wider than it is written (a target of the wrong type, a key given twice)
 * is refused here.
 */
export function validateSet(text: string, policy: Policy): Validated {
  const faults: Fault[] = []
  const report: Report = ({offset}, path, proxy, message) =>
    faults.push({path, message, proxy, ...positionAt(text, offset)})
  try {
    const directives = readSet(parseJsonTree(text), policy, report)
    return faults.length > 0 || !directives ? {faults} : {directives, faults: []}
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    report(error, '', 'invalid_json', `not JSON: ${error.message}`)
    return {faults}
  }
}

function readSet(root: JsonNode, policy: Policy, report: Report): Directive[] | undefined {
  if (root.kind !== 'object') return void report(root, '', 'not_an_object', 'a set is an object: {"directives":[…]}')
  checkKeys(root, '', ['directives'], report)
  const list = member(root, 'directives')
  if (list?.kind !== 'array') {
    const message = list ? '"directives" must be an array' : 'the key "directives" is missing'
    return void report(list ?? root, 'directives', 'missing_directives', message)
  }
  const read = list.items.map((item, at) => readDirective(item, `directives[${at}]`, policy, report))
  checkWhole(list, read, policy, report)
  return read.every(directive => directive !== undefined) ? read : undefined
}

function checkWhole(list: JsonNode & {kind: 'array'}, read: (Directive | undefined)[], policy: Policy, report: Report) {
  const first = new Map<string, number>()
  read.forEach((directive, at) => {
    const before = directive && first.get(directive.id)
    if (before !== undefined) {
      const message = `the id ${JSON.stringify(directive!.id)} is used by directives[${before}] already`
      report(list.items[at]!, `directives[${at}].id`, 'accepted', message)
    } else if (directive) first.set(directive.id, at)
  })
  if (read.length > policy.maxDirectives) {
    const message = `${read.length} directives; at most ${policy.maxDirectives}, since every request scans them all`
    report(list, 'directives', 'accepted', message)
  }
  const sizeBytes = Buffer.byteLength(encodeSet(read.filter(directive => directive !== undefined)))
  if (sizeBytes > policy.maxBytes) {
    report(list, 'directives', 'accepted', `${sizeBytes} bytes; at most ${policy.maxBytes}`)
  }
}

function readDirective(node: JsonNode, path: string, policy: Policy, report: Report): Directive | undefined {
  if (node.kind !== 'object') return void report(node, path, 'not_an_object', 'a directive is an object')
  checkKeys(node, path, directiveKeys, report)
  const field = new Fields(node, path, report)
  const id = field.id()
  const level = field.oneOf('level', levels, isLevel, ['missing_level', 'missing_level', 'unknown_level'])
  const ttlSecs = field.ttl(policy)
  const samplePerMille = field.sample()
  const endpoint = field.optional('endpoint')
    ? field.oneOf('endpoint', endpointKinds, isEndpointKind, ['bad_endpoint', 'bad_endpoint', 'unknown_endpoint'])
    : undefined
  const [tenant, index, principal] = (['tenant', 'index', 'principal'] as const).map(key => field.target(key))
  const ringBuffer = field.flag('ring_buffer')
  const capture = field.flag('capture')
  if (id === undefined || level === undefined || ttlSecs === undefined || samplePerMille === undefined) return undefined
  const targets = Object.entries({tenant, index, principal, endpoint}).filter(([, value]) => value !== undefined)
  return {id, level, ttlSecs, samplePerMille, ringBuffer, capture, ...Object.fromEntries(targets)}
}

class Fields {
  readonly node: JsonObject
  readonly path: string
  readonly report: Report

  constructor(node: JsonObject, path: string, report: Report) {
    this.node = node
    this.path = path
    this.report = report
  }

  optional(key: string): JsonNode | undefined {
    return member(this.node, key)
  }

  fault(key: string, proxy: Fault['proxy'], message: string): undefined {
    this.report(this.optional(key) ?? this.node, `${this.path}.${key}`, proxy, message)
  }

  id(): string | undefined {
    const value = this.optional('id')
    if (value?.kind !== 'string') return this.fault('id', 'missing_id', value ? 'must be a string' : 'is missing')
    if (value.value === '') return this.fault('id', 'accepted', 'must not be empty: nothing could name it')
    if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value.value)) return this.fault('id', 'accepted', 'holds control characters')
    if (!value.value.startsWith(probePrefix)) return value.value
    return this.fault('id', 'accepted', `"${probePrefix}" is reserved for the probe`)
  }

  oneOf<T extends string>(
    key: string, names: readonly T[], is: (name: unknown) => name is T, slugs: [Rejection, Rejection, Rejection],
  ): T | undefined {
    const value = this.optional(key)
    if (!value) return this.fault(key, slugs[0], 'is missing')
    if (value.kind !== 'string') return this.fault(key, slugs[1], `must be one of ${names.join(', ')}`)
    if (is(value.value)) return value.value
    return this.fault(key, slugs[2], `${JSON.stringify(value.value)} is none of ${names.join(', ')}`)
  }

  ttl(policy: Policy): number | undefined {
    const value = this.optional('ttl_secs')
    if (!value) return this.fault('ttl_secs', 'missing_ttl_secs', 'is missing')
    const seconds = unsigned(value)
    if (seconds === undefined) return this.fault('ttl_secs', 'missing_ttl_secs', 'must be a whole number of seconds')
    if (seconds === 0) return this.fault('ttl_secs', 'zero_ttl', 'must be at least 1')
    if (seconds <= policy.maxTtlSecs) return Number(seconds)
    return this.fault('ttl_secs', 'accepted', `${seconds} s is above this context's maxTtl of ${policy.maxTtlSecs} s`)
  }

  sample(): number | undefined {
    const value = this.optional('sample_per_mille')
    if (!value) return 1000
    const sample = unsigned(value)
    if (sample !== undefined && sample <= 1000) return Number(sample)
    return this.fault('sample_per_mille', 'bad_sample_rate', 'must be a whole number of 0 to 1000')
  }

  target(key: 'tenant' | 'index' | 'principal'): string | undefined {
    const value = this.optional(key)
    if (!value) return undefined
    if (value.kind !== 'string') {
      return this.fault(key, 'accepted', 'must be a string: the proxy would drop it and match every ' + key)
    }
    if (value.value === '') return this.fault(key, 'accepted', 'is empty: it would match nothing')
    return value.value
  }

  flag(key: 'ring_buffer' | 'capture'): boolean {
    const value = this.optional(key)
    if (!value) return false
    if (value.kind === 'boolean') return value.value
    this.fault(key, 'accepted', 'must be true or false: the proxy would read it as false')
    return false
  }
}

function checkKeys(node: JsonObject, path: string, allowed: readonly string[], report: Report): void {
  const seen = new Set<string>()
  for (const entry of node.members) {
    const where = path === '' ? entry.key : `${path}.${entry.key}`
    if (!allowed.includes(entry.key)) {
      const message = `is no key of a ${path ? 'directive' : 'set'}; known: ${allowed.join(', ')}`
      report(entry, where, 'unknown_field', message)
    } else if (seen.has(entry.key)) {
      report(entry, where, 'accepted', 'is given twice: the proxy would take the last one')
    }
    seen.add(entry.key)
  }
}

/** The faults as one error: exit 3, each with its place in `source`, in the order of the file. */
export function refuse(source: string, faults: readonly Fault[]): UsageError {
  const ordered = faults.toSorted((one, other) => one.line - other.line || one.column - other.column)
  const lines = ordered.map(({line, column, path, message}) => `${source}:${line}:${column}: ${path} ${message}`)
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`
  return new UsageError(`${source} has ${count} and is not published; nothing was sent`, {
    code: 'INVALID_SET', details: {faults: ordered}, hint: lines.join('\n'),
  })
}
