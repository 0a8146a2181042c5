import {artifactView} from '../../format/views/artifact.ts'
import {isStuck, paceText, percent, transferView} from '../../format/views/transfer.ts'
import {cell, run, type Line} from '../line.ts'
import type {Artifact, Readings, Transfer} from '../model.ts'
import {resource, shellWord} from '../resource.ts'

/** What the account's processes push and pull now. */
export const transfers = resource<Transfer>('transfers', ['transfer'], {
  source: 'transfers', view: () => transferView, fault: isStuck,
  key: each => `${each.host} ${each.pid} ${each.startedAt}`,
  command: () => 'ctl dash',
})

/** More are listed on their own screen. */
const most = 3

/** `push edge/routes  [#####-----]  45%  80MB/s, 10s left  pid 123`. */
export function transferLine(transfer: Transfer, width: number, unicode: boolean): Line {
  const {action, subject, pid} = transfer
  const tone = isStuck(transfer) ? 'bad' : undefined
  const bar = width < 100 ? [] : [run(`${progressBar(percent(transfer), 20, unicode)} `, tone ?? 'good')]
  return [
    run(' '), cell(action, 7), cell(subject, Math.max(10, Math.floor(width * 0.25)), {unicode}), run(' '), ...bar,
    cell(`${percent(transfer)}%`, 4, {right: true}), run(' '), run(paceText(transfer), tone),
    run(`  pid ${pid}`, 'dim'),
  ]
}

function progressBar(share: number, cells: number, unicode: boolean): string {
  const full = Math.floor((share / 100) * cells)
  const [done, left] = unicode ? ['█', '░'] : ['#', '-']
  return done.repeat(full) + left.repeat(cells - full)
}

function transferLines({items}: Readings['transfers'], width: number, unicode: boolean): Line[] {
  const more = items.length > most ? [[run(` and ${items.length - most} more: :transfers`, 'dim')]] : []
  return [...items.slice(0, most).map(each => transferLine(each, width, unicode)), ...more]
}

export const artifacts = resource<Artifact>('artifacts', ['artifact', 'snaps', 'ar'], {
  source: 'artifacts', view: () => artifactView, key: each => each.key, fault: each => each.state !== 'ok',
  command: each => (each ? `snap show ${shellWord(each.key)}` : 'snap list'),
  beside: {source: 'transfers', lines: transferLines},
})
