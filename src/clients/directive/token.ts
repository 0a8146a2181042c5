import {createHmac, timingSafeEqual} from 'node:crypto'
import {unsigned} from './decode.ts'
import {member, parseJsonTree, type JsonNode} from './json-tree.ts'
import {isLevel, type Level} from './model.ts'

/** What a signed `X-Debug-Directive` can carry. It has no `endpoint` and no `id`: the proxy would ignore them. */
export interface TokenFields {
  level: Level
  /** Unix seconds; dead from that second on, by the proxy's clock. */
  expSecs: number
  tenant?: string
  index?: string
  principal?: string
  samplePerMille?: number
  ringBuffer?: boolean
  capture?: boolean
}

/** The header in which a token travels. */
export const tokenHeader = 'x-debug-directive'

/**
 * `hex(payload).hex(HMAC-SHA256(key, payload))`, the key being the UTF-8 bytes of its text. Accepted by
 * osproxy 1.0.5 as it is; a bearer secret until it ends.
 */
export function mintToken(fields: TokenFields, key: string): string {
  const {level, expSecs, tenant, index, principal, samplePerMille, ringBuffer, capture} = fields
  const payload = Buffer.from(JSON.stringify({
    level, exp: expSecs, tenant, index, principal,
    sample_per_mille: samplePerMille === 1000 ? undefined : samplePerMille,
    ring_buffer: ringBuffer || undefined,
    capture: capture || undefined,
  }))
  return `${payload.toString('hex')}.${sign(payload, key).toString('hex')}`
}

export interface TokenReport {
  /** Whether a proxy with this key and our clock would apply it now; undefined when no key was given. */
  honoured: boolean | undefined
  signature: 'valid' | 'invalid' | 'not checked'
  /** Why it is void; the proxy never says. */
  faults: string[]
  /** What holds but may surprise: keys that are ignored, an end in the far future, no target. */
  warnings: string[]
  level?: Level
  /** Milliseconds since the epoch; beyond what a date can hold it is left out and warned about. */
  expiresAtMs?: number
  tenant?: string
  index?: string
  principal?: string
  samplePerMille?: number
  ringBuffer?: boolean
  capture?: boolean
}

/** Checks a token without a proxy: form, signature, end, fields, and what would be ignored. */
export function checkToken(token: string, key: string | undefined, nowMs: number): TokenReport {
  const report: TokenReport = {honoured: undefined, signature: 'not checked', faults: [], warnings: []}
  const parts = token.split('.')
  const [payload, signature] = parts.map(hexBytes)
  if (parts.length !== 2) report.faults.push('not of the form PAYLOAD.SIGNATURE, with exactly one dot')
  else if (!payload) report.faults.push('the payload is not hex')
  else if (!signature) report.faults.push('the signature is not hex')
  if (parts.length === 2 && payload && signature && key !== undefined) {
    const expected = sign(payload, key)
    const equal = expected.length === signature.length && timingSafeEqual(expected, signature)
    report.signature = equal ? 'valid' : 'invalid'
    if (!equal) report.faults.push('the signature is of another key, or the token was changed or cut')
  }
  if (parts.length === 2 && payload) readPayload(payload, nowMs, report)
  if (key !== undefined) report.honoured = report.faults.length === 0
  else if (report.faults.length > 0) report.honoured = false
  return report
}

const knownKeys = ['level', 'exp', 'tenant', 'index', 'principal', 'sample_per_mille', 'ring_buffer', 'capture']

function readPayload(payload: Uint8Array, nowMs: number, report: TokenReport): void {
  const root = parsePayload(payload)
  if (!root) return void report.faults.push('the payload is not a JSON object')
  readLevel(member(root, 'level'), report)
  readExpiry(member(root, 'exp'), nowMs, report)
  readSample(member(root, 'sample_per_mille'), report)
  for (const key of ['tenant', 'index', 'principal'] as const) {
    const value = member(root, key)
    if (value?.kind === 'string') report[key] = value.value
    else if (value) report.warnings.push(`${key} is not a string: ignored, so the token matches every ${key}`)
  }
  report.ringBuffer = readFlag(root, 'ring_buffer', report)
  report.capture = readFlag(root, 'capture', report)
  const ignored = [...new Set(root.members.map(({key}) => key))].filter(key => !knownKeys.includes(key))
  if (ignored.length > 0) report.warnings.push(`ignored by the proxy, narrows nothing: ${ignored.join(', ')}`)
  const targeted = report.tenant ?? report.index ?? report.principal
  if (targeted === undefined) report.warnings.push('no target: any request that carries it is matched')
}

function parsePayload(payload: Uint8Array): (JsonNode & {kind: 'object'}) | undefined {
  try {
    const text = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(payload)
    const root = parseJsonTree(text)
    return root.kind === 'object' ? root : undefined
  } catch {
    return undefined
  }
}

function readLevel(value: JsonNode | undefined, report: TokenReport): void {
  if (value?.kind === 'string' && isLevel(value.value)) report.level = value.value
  else report.faults.push(value ? 'the level is not one that the proxy knows' : 'the level is missing')
}

const dayMs = 86_400_000

function readExpiry(value: JsonNode | undefined, nowMs: number, report: TokenReport): void {
  if (!value) return void report.faults.push('exp is missing')
  const seconds = unsigned(value)
  if (seconds === undefined) return void report.faults.push('exp is not a whole number of Unix seconds')
  const expiresAtMs = Number(seconds) * 1000
  if (expiresAtMs <= 8.64e15) report.expiresAtMs = expiresAtMs
  if (Math.floor(nowMs / 1000) >= Number(seconds)) report.faults.push('it has expired')
  const lifeMs = expiresAtMs - nowMs
  if (lifeMs > 365 * dayMs * 100) report.warnings.push('exp looks like milliseconds: the proxy takes it as seconds')
  else if (lifeMs > dayMs) report.warnings.push('lives for more than a day: whoever sees it can use it until then')
}

function readSample(value: JsonNode | undefined, report: TokenReport): void {
  const sample = value ? unsigned(value) : 1000
  if (sample === undefined || sample > 1000) report.faults.push('sample_per_mille is not a whole number of 0 to 1000')
  else report.samplePerMille = Number(sample)
}

function readFlag(root: JsonNode & {kind: 'object'}, key: string, report: TokenReport): boolean {
  const value = member(root, key)
  if (value?.kind === 'boolean') return value.value
  if (value) report.warnings.push(`${key} is not true or false: read as false`)
  return false
}

function sign(payload: Uint8Array, key: string): Buffer {
  return createHmac('sha256', Buffer.from(key)).update(payload).digest()
}

function hexBytes(text: string): Buffer | undefined {
  return /^(?:[0-9a-fA-F]{2})*$/.test(text) ? Buffer.from(text, 'hex') : undefined
}
