import {instant, size} from '../units.ts'
import {view, wide} from '../view.ts'

/* The records as the client gives them; spelled out here because formats know no client. */
interface Row {
  key: string
  state: 'ok' | 'dangling' | 'unreadable'
  backend?: string
  cursorHex?: string
  rank?: bigint
  createdAt?: string
  files?: number
  bytes?: bigint
  layout?: string
  address?: string
  payload?: string
  scope?: string[]
  payloads?: number
  payloadBytes?: number
  problem?: string
}

export const artifactView = view<Row>('artifacts', each => each.key, {
  key: each => each.key,
  state: {get: each => each.state, priority: 3, tone: each => (each.state === 'ok' ? 'good' : 'bad')},
  rank: {get: each => each.rank, priority: 3},
  created: {
    get: each => (each.createdAt ? instant(each.createdAt) : null), value: each => each.createdAt, priority: 2,
  },
  backend: {get: each => each.backend, priority: 2},
  files: each => each.files,
  size: {
    get: each => (each.bytes === undefined ? null : size(each.bytes)), value: each => each.bytes, unit: 'bytes',
    align: 'right',
  },
  layout: each => each.layout,
  cursor: wide(each => each.cursorHex),
  payload: wide(each => each.payload),
  scope: wide(each => each.scope?.join(' ')),
  problem: {get: each => each.problem, priority: -1},
}, {
  empty: 'no artifacts in this store',
})

/** One artifact with all that is known of it. */
export const artifactCard = view<Row>('artifact', each => each.key, {
  key: each => each.key,
  state: {get: each => each.state, tone: each => (each.state === 'ok' ? 'good' : 'bad')},
  rank: each => each.rank,
  cursor: each => each.cursorHex || '(none)',
  backend: each => each.backend,
  created: {get: each => (each.createdAt ? instant(each.createdAt) : null), value: each => each.createdAt},
  files: each => each.files,
  size: {get: each => (each.bytes === undefined ? null : size(each.bytes)), value: each => each.bytes, unit: 'bytes'},
  scope: each => each.scope?.map(prefix => prefix || '(all keys)').join(' ') ?? 'not recorded (schema 1)',
  layout: each => each.layout,
  payload: each => each.payload,
  stored: each => (each.payloads ? `${each.payloads} payloads, ${size(each.payloadBytes ?? 0)}` : null),
  problem: each => each.problem,
})

export const publishedView = view<{
  key: string; outcome: string; rank: bigint; currentRank: bigint; payload: string; sentBytes: number;
  keptBytes: number; cursorHex: string
}>('publish', each => each.key, {
  key: each => each.key,
  outcome: {get: each => each.outcome, tone: each => (each.outcome === 'superseded' ? 'warn' : 'good')},
  rank: each => each.rank,
  'current-rank': each => each.currentRank,
  sent: {get: each => size(each.sentBytes), value: each => each.sentBytes, unit: 'bytes'},
  kept: {get: each => size(each.keptBytes), value: each => each.keptBytes, unit: 'bytes'},
  payload: each => each.payload,
})

export const verifiedView = view<{
  artifact: string
  verified: boolean
  files: number
  bytes: bigint
  keys?: number
  rank: bigint
  checked: string
}>(
  'verification', each => each.artifact, {
    artifact: each => each.artifact,
    verified: each => each.verified,
    rank: each => each.rank,
    files: each => each.files,
    size: {get: each => size(each.bytes), value: each => each.bytes, unit: 'bytes'},
    keys: each => each.keys,
    checked: each => each.checked,
  })

export const differenceView = view<{
  path: string
  change: string
  beforeBytes?: bigint
  afterBytes?: bigint
}>('differences', each => each.path, {
  change: {get: each => each.change, priority: 2},
  path: {get: each => each.path, priority: 1},
  before: {
    get: each => (each.beforeBytes === undefined ? null : size(each.beforeBytes)), value: each => each.beforeBytes,
    unit: 'bytes', align: 'right',
  },
  after: {
    get: each => (each.afterBytes === undefined ? null : size(each.afterBytes)), value: each => each.afterBytes,
    unit: 'bytes', align: 'right',
  },
}, {empty: 'the same files with the same content'})

export const prunedView = view<{
  key: string
  removed: number
  freedBytes: number
  uploads: number
}>('prune', each => each.key, {
  key: each => each.key,
  removed: each => each.removed,
  freed: {get: each => size(each.freedBytes), value: each => each.freedBytes, unit: 'bytes'},
  uploads: each => each.uploads,
})

export const checkView = view<{
  check: string
  state: string
  finding: string
  fix?: string
}>('checks', each => each.check, {
  check: {get: each => each.check, priority: 2},
  state: {
    get: each => each.state, priority: 3,
    tone: each => (each.state === 'ok' ? 'good' : each.state === 'warn' ? 'warn' : 'bad'),
  },
  finding: {get: each => each.finding, priority: 1},
  fix: {get: each => each.fix, priority: -1},
})
