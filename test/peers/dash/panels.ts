import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Terminal} from './terminal.ts'

/* What the panels of a dashboard say, read from a real terminal. */

/** The title line of a panel, in either pane. */
export const titleOf = (lines: string[], title: string): string =>
  lines.flatMap(line => line.split(/ │ ?/)).find(half => half.startsWith(title)) ?? ''

/** New enough, without a word that it is not. */
export const isFresh = (lines: string[], title: string): boolean =>
  /\s\d+s\s*$/.test(titleOf(lines, title)) && !/(LATE|STALE|MISSING) \d+s\s*$/.test(titleOf(lines, title))

export const areFresh = (lines: string[], titles: readonly string[]): boolean => titles.every(title => isFresh(lines, title))

/** The age that a panel gives for what it still shows of a system that is gone, in seconds. */
export function downAge(lines: string[], title: string): number | undefined {
  const age = /DOWN, data (\d+)s old/.exec(titleOf(lines, title))?.[1]
  return age === undefined ? undefined : Number(age)
}

/** Three seconds, and as many again for a machine that has much else to do. */
export const toldWithinS = 6

export interface EventLog {
  /** What the log has since the last time, as ctrl-s saves it. */
  added(): Promise<string[]>
}

export function eventLog(terminal: Terminal, stateDir: string): EventLog {
  const folder = join(stateDir, 'opsdeck', 'dash')
  const saved = () => (existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.json')).sort() : [])
  let taken = 0
  return {
    async added() {
      const before = saved().length
      await terminal.keys('C-s')
      await terminal.until(() => saved().length > before, 'it is saved')
      const {items} = JSON.parse(readFileSync(join(folder, saved().at(-1)!), 'utf8')) as {items: {id: number; kind: string; subject: string}[]}
      const added = items.filter(({id}) => id > taken)
      taken = Math.max(taken, ...items.map(({id}) => id))
      return added.sort((a, b) => a.id - b.id).map(({kind, subject}) => `${kind}: ${subject}`)
    },
  }
}

export const times = (events: string[], wanted: string): number => events.filter(each => each === wanted).length
