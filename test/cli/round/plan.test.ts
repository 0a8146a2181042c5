import {describe, expect, it} from 'vitest'
import {ownLease, startOfRound, type RoundRecord, type Surroundings} from '../../../src/cli/round/plan.ts'
import type {LeaseState} from '../../../src/clients/lease/rules.ts'

const round = {key: 'edge/routes', lease: 'routes', leases: 'sqlite:l.db', artifacts: 'file:///a', host: 'one'}
const ours = {holder: 'snap:me@one/1a2b', acquiredAtUnixS: 100n}
const record = (step: RoundRecord['step'], extra: Partial<RoundRecord> = {}): RoundRecord => ({
  ...round,
  ...ours,
  step,
  ...extra,
})
const lease = (state: 'live' | 'expired', extra: object = {}): LeaseState => ({
  state,
  revision: 7n,
  record: {holderId: ours.holder, acquiredAtUnixS: 100n, expiresAtUnixS: 200n, ...extra},
})
const absent: LeaseState = {state: 'absent', revision: 0n}
const completed = {completedAtUnixS: 150n, completedCursorHex: ''}
const others = {holderId: 'somebody'}
const at = (extra: Partial<Surroundings>) =>
  startOfRound({record: undefined, lease: absent, isFolderThere: false, isExportAlive: false, round, ...extra})

describe('where a round begins', () => {
  it.each([
    ['nothing there', {}, 'acquire'],
    ['killed before the lease was taken', {record: record('acquire')}, 'acquire'],
    [
      'killed when the lease was taken, before that was noted',
      {record: record('acquire'), lease: lease('live')},
      'export +',
    ],
    ['somebody else took the lease meanwhile', {record: record('acquire'), lease: lease('live', others)}, 'acquire'],
    [
      'killed in the export',
      {record: record('export'), lease: lease('live'), isFolderThere: true},
      'export + discards',
    ],
    [
      'killed in the export, expired since',
      {record: record('export'), lease: lease('expired'), isFolderThere: true},
      'acquire discards',
    ],
    ['killed in the push', {record: record('push'), lease: lease('live'), isFolderThere: true}, 'push +'],
    [
      'killed in the push, expired since',
      {record: record('push'), lease: lease('expired'), isFolderThere: true},
      'acquire discards',
    ],
    [
      'killed in the push, taken over',
      {record: record('push'), lease: lease('live', others), isFolderThere: true},
      'acquire discards',
    ],
    ['killed in the push, the folder is gone', {record: record('push'), lease: lease('live')}, 'acquire'],
    ['killed before completing', {record: record('complete'), lease: lease('live'), isFolderThere: true}, 'complete +'],
    [
      'killed before completing, expired since',
      {record: record('complete'), lease: lease('expired'), isFolderThere: true},
      'complete +',
    ],
    [
      'killed when completed, before that was noted',
      {record: record('complete'), lease: lease('live', completed), isFolderThere: true},
      'prune +',
    ],
    [
      'killed before completing, taken over',
      {record: record('complete'), lease: lease('live', others), isFolderThere: true},
      'prune +',
    ],
    ['killed in the prune', {record: record('prune'), lease: lease('live', completed), isFolderThere: true}, 'prune +'],
    ['killed in the delete', {record: record('delete'), lease: absent}, 'delete +'],
    ['failed, with what it left', {record: record('failed'), isFolderThere: true}, 'acquire discards'],
  ] as const)('%s: %s', (_, found, expected) => {
    const start = at(found)
    if (start.verdict !== 'go') throw new Error(start.reason)
    expect([start.from, start.isResumed && '+', start.discards && 'discards'].filter(Boolean).join(' ')).toBe(expected)
  })

  it.each([
    ['a folder of somebody else', {isFolderThere: true}, 'FOLDER_IN_USE'],
    [
      'a folder that came before the lease',
      {record: record('acquire'), lease: lease('live'), isFolderThere: true},
      'FOLDER_IN_USE',
    ],
    ['another key', {record: record('push', {key: 'edge/tenants'}), isFolderThere: true}, 'OTHER_ROUND'],
    ['another host', {record: record('push', {host: 'two'})}, 'OTHER_ROUND'],
    ['another store', {record: record('push', {artifacts: 'file:///b'})}, 'OTHER_ROUND'],
    [
      'an export that outlived its round',
      {record: record('export', {exportPid: 5}), lease: lease('live'), isExportAlive: true},
      'EXPORT_RUNS',
    ],
  ] as const)('%s is refused: %s', (_, found, code) => {
    expect(at(found)).toMatchObject({verdict: 'refused', code})
  })
})

it.each([
  ['live', lease('live'), 'live'],
  ['expired, untouched', lease('expired'), 'expired'],
  ['completed', lease('live', completed), 'completed'],
  ['expired after completion', lease('expired', completed), 'completed'],
  ['another holder', lease('live', others), 'gone'],
  ['our holder in another second', lease('live', {acquiredAtUnixS: 101n}), 'gone'],
  ['given back', absent, 'gone'],
  ['garbage', {state: 'unparseable', revision: 9n} as const, 'gone'],
])('our lease when it is %s', (_, state, expected) => {
  expect(ownLease(ours, state)).toBe(expected)
})
