import {expect, test} from 'vitest'
import {table} from '../../src/format/table.ts'
import {leaseView} from '../../src/format/views/lease.ts'
import {taskView} from '../../src/format/views/task.ts'
import type {Page, View} from '../../src/format/view.ts'

/* What a terminal of 80 columns must still show: who holds what, until when, and what is wrong with it. */

const at = '2026-11-21T13:16:22.000000Z'
const page = (): Page & {hidden: string[]} =>
  ({width: 80, unicode: true, nowMs: 0, paint: (_, text) => text, hidden: []})
const shown = <T>(view: View<T>, item: T) => {
  const text = table(view, [item], {wide: false, headers: true}, page())
  expect(Math.max(...text.split('\n').map(line => line.length))).toBeLessThanOrEqual(80)
  return text
}

test('tasks show their holder', () => {
  const task = {
    task: 'summary_optimize', state: 'processing', holder: 'ctl:somebody@build-17', claimedAt: at, staleAt: at,
    completedAt: null, nextRunAt: at, due: false, rows: 1, version: 7,
  }
  expect(shown(taskView, task)).toMatch(/HOLDER .*STALE-AT\n.* ctl:somebody@build-17 .*2026-11-21 13:16:22\.000\n$/)
})

test('leases show their holder, their end and what looks stuck, and no part of a time', () => {
  const lease = {
    key: 'edge/routes', state: 'held', holder: 'exporter-2', acquiredAt: at, expiresAt: at, completedAt: null,
    completedCursorHex: null, revision: 18n, ageMs: 2_732_000n, usualMs: 95_000n, stuck: true,
  }
  expect(shown(leaseView, lease)).toMatch(
    /HOLDER .*EXPIRES .*NOTE\n.* exporter-2 +2026-11-21 13:16:22\.000 .*stuck\? .*…/,
  )
  expect(shown(leaseView, lease)).not.toMatch(/2026…|…\d\d:/)
})
