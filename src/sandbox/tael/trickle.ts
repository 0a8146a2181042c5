import type {Batch, StoredLog, StoredPoint, StoredSpan} from './records.ts'

/** Every two minutes the acquirer of the payments stops answering for half a minute. */
const cycleTicks = 120
const burst = {from: 20, until: 50}
const pointsEveryTicks = 10

/** Numbers from 0 up to 1. */
type Random = () => number

/** Does the incident last in this tick? */
export function inBurst(tick: number): boolean {
  const at = tick % cycleTicks
  return at >= burst.from && at < burst.until
}

/**
 * The telemetry of a small shop in one second: a trace or three with their logs, now and then metrics. The same
 * seed, tick and time give the same records; what it sends is bounded, whatever the clock does.
 */
export function trickle(seed: number, tick: number, nowMs: number): Required<Batch> {
  const random = randomFrom(seed * 1_000_003 + tick)
  const orders = Array.from({length: inBurst(tick) ? 3 : 1}, () => order(random, inBurst(tick), nowMs))
  return {
    spans: orders.flatMap(({spans}) => spans),
    logs: orders.flatMap(({logs}) => logs),
    points: tick % pointsEveryTicks === 0 ? points(tick, nowMs) : [],
  }
}

type Texts = Record<string, string>
type Outcome = 'ok' | 'declined' | 'timeout'

function outcomeOf(random: Random, failing: boolean): Outcome {
  const chance = random()
  if (failing) return chance < 0.7 ? 'timeout' : 'ok'
  return chance < 0.01 ? 'timeout' : chance < 0.06 ? 'declined' : 'ok'
}

const answers = {ok: '200', declined: '402', timeout: '504'}

type Pair<T> = [T, T]
type Rest = Pick<StoredSpan, 'status' | 'attributes'>

/** One order: gateway, checkout, stock and payment. It ended at `nowMs`. */
function order(random: Random, failing: boolean, nowMs: number): {spans: StoredSpan[]; logs: StoredLog[]} {
  const outcome = outcomeOf(random, failing)
  const status = outcome === 'ok' ? 'ok' : 'error'
  const traceId = hex(random, 32)
  const chargeMs = outcome === 'timeout' ? 880 + random() * 60 : 20 + random() * 60
  const stockMs = 6 + random() * 14
  const totalMs = chargeMs + stockMs + 12
  const ns = (ms: number) => BigInt(Math.trunc(nowMs)) * 1_000_000n - BigInt(Math.round((totalMs - ms) * 1e6))
  type Parent = StoredSpan | undefined
  const span = ([service, operation]: Pair<string>, parent: Parent, [from, to]: Pair<number>, rest: Rest) => ({
    traceId, spanId: hex(random, 16), parentSpanId: parent?.spanId ?? null, service, operation,
    kind: 'server', startNs: ns(from), endNs: ns(to), events: [], ...rest,
  })
  const error = outcome === 'ok' ? undefined : {'error.type': errorTypes[outcome]}
  const root = span(['edge-gateway', 'POST /checkout'], undefined, [0, totalMs],
    {status, attributes: {'http.route': '/checkout', 'http.response.status_code': answers[outcome]}})
  const place = span(['checkout', 'PlaceOrder'], root, [3, totalMs - 3],
    {status, attributes: {'rpc.system': 'grpc', 'deployment.version': 'v42'}})
  const stock = span(['inventory', 'ReserveStock'], place, [5, 5 + stockMs],
    {status: 'ok', attributes: {warehouse: random() < 0.5 ? 'eu-1' : 'eu-2'}})
  const charge = span(['payments', 'Charge'], place, [6 + stockMs, 6 + stockMs + chargeMs],
    {status, attributes: {'payment.provider': 'acme', 'deployment.version': 'v13', ...error}})
  return {spans: [root, place, stock, charge], logs: logsOf(outcome, root, charge)}
}

const errorTypes = {declined: 'card_declined', timeout: 'timeout'}

function logsOf(outcome: Outcome, root: StoredSpan, charge: StoredSpan): StoredLog[] {
  const log = (span: StoredSpan, atNs: bigint, severity: string, body: string, attributes: Texts): StoredLog => (
    {atNs, service: span.service, severity, body, traceId: span.traceId, spanId: span.spanId, attributes})
  const code = answers[outcome]
  const access = log(root, root.endNs, 'info', `POST /checkout ${code}`, {'http.response.status_code': code})
  if (outcome === 'ok') return [access]
  const error = {'error.type': errorTypes[outcome], host: 'pay-prod-1'}
  if (outcome === 'declined') return [log(charge, charge.endNs, 'error', 'charge failed: card declined', error), access]
  const retryNs = charge.startNs + (charge.endNs - charge.startNs) / 3n
  return [
    log(charge, retryNs, 'warn', 'acquirer slow, retrying (attempt 1)', {attempt: '1'}),
    log(charge, charge.endNs, 'error', 'charge failed: deadline exceeded after 900 ms', error), access,
  ]
}

/** Counters that only grow, a queue that fills while the incident lasts. */
function points(tick: number, nowMs: number): StoredPoint[] {
  const atNs = BigInt(Math.trunc(nowMs)) * 1_000_000n
  const failing = burstTicksUntil(tick)
  const requests = (code: string, value: number): StoredPoint => ({
    atNs, service: 'edge-gateway', name: 'http.server.requests', type: 'sum', value, unit: '{request}',
    attributes: {'http.route': '/checkout', code},
  })
  return [
    requests('200', 1_000 + tick + failing),
    requests('504', failing * 2),
    {
      atNs, service: 'payments', name: 'payments.queue.depth', type: 'gauge', unit: '{order}',
      attributes: {host: 'pay-prod-1'}, value: inBurst(tick) ? 20 + (tick % cycleTicks) : 2,
    },
  ]
}

function burstTicksUntil(tick: number): number {
  const whole = Math.floor(tick / cycleTicks) * (burst.until - burst.from)
  return whole + Math.min(Math.max(tick % cycleTicks - burst.from, 0), burst.until - burst.from)
}

const hex = (random: Random, digits: number): string =>
  Array.from({length: digits / 4}, () => Math.floor(random() * 0x1_0000).toString(16).padStart(4, '0')).join('')

/** Mulberry32: small, quick, and the same everywhere. */
function randomFrom(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
