import type {Artifact, Directive, Readings, TaskEvent} from '../../../src/ui/model.ts'
import {alerts, directive, group, lease, leases, raftNode, rule, shardNode, task, tasks} from '../samples.ts'

/* What each system says, reading by reading: a shard and a Raft leader are lost, a task gets stuck, a lease changes hands. */

/** How often everything is read before the picture is taken. */
export const steps = 14
/** Between two readings, long enough that the log of events looks like one. */
export const stepMs = 40_000
/** The moment of the last reading. */
export const lastMs = Date.parse('2026-11-21T10:10:00Z')
export const msOf = (step: number) => lastMs - (steps - 1 - step) * stepMs

const iso = (ms: number) => new Date(ms).toISOString()
const us = (ms: number) => iso(ms).replace('Z', '000Z')
/** Latencies that go up and down, always the same way. */
const latency = (step: number, node: number) => Math.round((1.2 + node * 0.4 + ((step * 7 + node * 5) % 11) * 0.45) * 10) / 10

export function raftAt(step: number): Readings['raft'] {
  const isLost = step >= 6
  const leader = step < 6 ? {id: 1, term: 4n} : step < 8 ? null : {id: 2, term: 5n}
  const items = [1, 2, 3].map(id => {
    const isDown = isLost && id === 1
    const isLeader = leader?.id === id
    return raftNode({
      id, reachable: !isDown, ready: !isDown, role: isDown ? 'unknown' : isLeader ? 'leader' : 'follower', proven: isLeader,
      term: isLeader ? leader.term : null, names: isDown ? null : leader?.id ?? null, latencyMs: isDown ? null : latency(step, id),
      error: isDown ? {message: 'nothing listens on 127.0.0.1:9081'} : null,
      members: isDown ? [] : [1, 2, 3].map(member => ({id: member, address: `127.0.0.1:${9080 + member}`, kind: 'voter'})),
    })
  })
  return {leader: leader && {...leader, endpoint: `127.0.0.1:${9080 + leader.id}`}, items, problems: [], missing: isLost ? ['node 1'] : []}
}

export function shardsAt(step: number): Readings['shards'] {
  const isLost = step >= 3
  const node = (shard: string, id: string, at: number, leads: boolean, isDown = false) => shardNode({
    url: `http://127.0.0.1:${7701 + at}`, shard, nodeId: isDown ? null : id, healthy: !isDown, ready: isDown ? null : true,
    latencyMs: isDown ? null : latency(step, at), coordinated: isDown ? null : true, isLeader: isDown ? null : leads,
    epoch: isDown ? null : shard === 's0' ? 3 : isLost ? 8 : 7, version: isDown ? null : '0.5.15',
    lastAcceptedAt: isDown ? null : iso(msOf(step) - 1_500 * (at + 1)), errors: isDown ? null : at === 1 ? 2 : 0, shed: isDown ? null : 0,
    inFlight: isDown ? null : 0, error: isDown ? `GET http://127.0.0.1:${7701 + at}/healthz nothing listens there` : null,
  })
  return {
    items: [node('s0', 'node-a', 0, true), node('s0', 'node-b', 1, false), node('s1', 'node-c', 2, true, isLost), node('s1', 'node-d', 3, isLost)],
    groups: [group({leader: 'node-a'}), group({shard: 's1', leader: isLost ? 'node-d' : 'node-c', healthy: isLost ? 1 : 2})],
    missing: [],
  }
}

const claim = (name: string, holder: string, claimedMs: number, over = {}) => task({
  task: name, holder, claimedAt: us(claimedMs), staleAt: us(claimedMs + 1_800_000), nextRunAt: us(claimedMs), ...over,
})
const resting = (name: string, holder: string, nextMs: number) => task({
  task: name, holder, state: nextMs > lastMs ? 'idle' : 'due', due: nextMs <= lastMs, claimedAt: us(nextMs - 3_600_000), staleAt: null,
  completedAt: us(nextMs - 3_500_000), nextRunAt: us(nextMs),
})

export function tasksAt(step: number): Readings['tasks'] {
  const nowMs = msOf(step)
  const stuckMs = msOf(9) - 1_800_000 - 4_000
  return tasks([
    claim('delta_vacuum', 'scouter-7f9c', stuckMs, {state: nowMs >= stuckMs + 1_800_000 ? 'stale' : 'processing'}),
    claim('drift_rollup', 'scouter-b2d1', lastMs - 260_000), claim('metric_compact', 'scouter-7f9c', lastMs - 1_205_000),
    resting('nightly_optimize', 'scouter-b2d1', lastMs - 95_000), resting('profile_refresh', 'scouter-e410', lastMs + 1_440_000),
    resting('trace_retention', 'scouter-7f9c', lastMs + 5_100_000),
  ])
}

export function leasesAt(step: number): Readings['leases'] {
  const isTaken = step >= 10
  const done = {state: 'completed', completedAt: iso(lastMs - 130_000), completedCursorHex: '0000000000002c41'}
  const lag = {why: null, state: 'known', behind: 12n, dropped: 0n}
  return leases(
    lease({key: 'orders', holder: isTaken ? 'exporter-2' : 'exporter-1', revision: isTaken ? 42n : 37n,
      acquiredAt: iso(isTaken ? msOf(10) : lastMs - 3_000_000), expiresAt: iso(lastMs + 190_000)}),
    lease({key: 'edge/routes', holder: 'exporter-1', revision: 40n, acquiredAt: iso(lastMs - 400_000),
      expiresAt: iso(lastMs + 42_000), ...done, exportLag: lag}),
    lease({key: 'billing', state: 'expired', holder: 'exporter-3', revision: 29n, acquiredAt: iso(lastMs - 900_000),
      expiresAt: iso(lastMs - 600_000), exportLag: {...lag, state: 'dropped', behind: 4_310n, dropped: 220n}}),
    lease({key: 'features', state: 'free', holder: null, acquiredAt: null, expiresAt: null, revision: 12n}),
  )
}

export function directivesAt(step: number): Readings['directives'] {
  const all: Directive[] = [
    directive({id: 'shape-acme', tenant: 'acme', ringBuffer: true, endsAtMs: lastMs + 412_000}),
    directive({id: 'debug-initech', tenant: 'initech', index: 'orders', level: 'Debug', samplePerMille: 250, capture: true, endsAtMs: lastMs + 58_000, certainty: 'at least'}),
    directive({id: 'shape-globex', tenant: 'globex', endsAtMs: msOf(11) - 5_000}),
  ]
  return {items: all.filter(({endsAtMs}) => endsAtMs! > msOf(step)), notices: [], missing: []}
}

export function alertsAt(step: number): Readings['alerts'] {
  const rules = [
    rule({name: 'payments_errors', shard: 's0', query: 'error_rate{service="payments"} > 0.05', state: step >= 5 ? 'firing' : 'ok', forSeconds: 30}),
    rule({name: 'checkout_p95', shard: 's0', query: 'p95{service="checkout"} > 800', state: step >= 4 ? 'pending' : 'ok', forSeconds: 600}),
    rule({name: 'ingest_silent', shard: 's1', query: 'rate(spans) < 1'}),
  ]
  return step >= 3 && step < 5 ? {items: rules.slice(0, 2), missing: ['s1: nothing listens there']} : alerts(...rules)
}

export const artifacts: Readings['artifacts'] = {
  items: ([
    ['edge/routes', 'ok', 118n, 3, 4_812_331n], ['features/ranking', 'ok', 61n, 12, 918_220_114n], ['models/fraud', 'dangling', 7n, 2, 40_112_004n],
  ] as const).map(([key, state, rank, files, bytes], at): Artifact => ({
    key, state, rank, files, bytes, backend: 'rocksdb', layout: '0.6', cursorHex: rank.toString(16).padStart(12, '0'),
    createdAt: iso(lastMs - (at + 1) * 700_000), ...(state === 'ok' ? {} : {problem: 'the payload is missing: publish again'}),
  })),
  missing: [],
}

export const history: TaskEvent[] = ([
  ['claimed', 'scouter-b2d1', 210, 7_500_000], ['completed', 'scouter-b2d1', 211, 7_320_000], ['claimed', 'scouter-7f9c', 214, 2_400_000],
] as const).map(([action, holder, version, agoMs]): TaskEvent => ({
  task: 'delta_vacuum', action, holder, version, at: iso(lastMs - agoMs), claimedAt: us(lastMs - agoMs), heldMs: action === 'completed' ? 180_000 : null,
  nextRunAt: us(lastMs - agoMs), engine: 'delta-rs', operator: null, reason: null,
}))
