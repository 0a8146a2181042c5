import {diffText} from '../diff.ts'
import {escapeControl} from '../escape.ts'
import {duration, instant} from '../units.ts'
import {view, wide, type Page, type Tone} from '../view.ts'

/** One change as the audit log tells it. */
export interface AuditEntry {
  id: string
  /** When it began. */
  at: string
  /** Null when no end is recorded. */
  endedAt: string | null
  operator: string
  host: string
  /** Null when no context was chosen. */
  context: string | null
  /** The words that were typed; what looks like a secret is hidden, arguments of a child are left out. */
  command: string[]
  system: string
  action: string
  target: string
  reason: string | null
  /** The version or revision that the write was conditional on. */
  ifVersion: string | null
  before: unknown
  after: unknown
  outcome: 'done' | 'not-done' | 'unknown'
  error: string | null
}

const tones: Record<AuditEntry['outcome'], Tone> = {done: 'good', 'not-done': 'warn', unknown: 'bad'}

function tookMs({at, endedAt}: AuditEntry): number | null {
  return endedAt === null ? null : Date.parse(endedAt) - Date.parse(at)
}

function entryText(entry: AuditEntry, page: Page): string {
  const took = tookMs(entry)
  const facts: [string, string | null][] = [
    ['id', entry.id],
    ['at', entry.at],
    ['took', took === null ? null : duration(took)],
    ['operator', `${entry.operator}@${entry.host}`],
    ['context', entry.context],
    ['command', entry.command.join(' ')],
    ['change', `${entry.action} ${entry.target} (${entry.system})`],
    ['reason', entry.reason],
    ['if-version', entry.ifVersion],
    ['error', entry.error],
  ]
  const lines = facts.map(([name, text]) => `${name.padEnd(10)}  ${escapeControl(text ?? '-')}`)
  const outcome = `${'outcome'.padEnd(10)}  ${page.paint(tones[entry.outcome], entry.outcome)}`
  const change = diffText(entry.before ?? undefined, entry.after ?? undefined, page)
  return [...lines, outcome, ...(change === '' ? [] : ['', change]), ''].join('\n')
}

export const auditView = view<AuditEntry>(
  'changes',
  each => each.id,
  {
    id: {get: each => each.id.slice(0, 8), value: each => each.id, priority: 3},
    at: {get: each => instant(each.at), value: each => each.at, priority: 3},
    outcome: {get: each => each.outcome, tone: each => tones[each.outcome], priority: 3},
    operator: {get: each => each.operator, priority: 2},
    context: {get: each => each.context, priority: 2},
    action: {get: each => `${each.system} ${each.action}`, priority: 2},
    target: {get: each => each.target, priority: 1},
    reason: each => each.reason,
    took: wide(each => (tookMs(each) === null ? null : duration(tookMs(each)!))),
    host: wide(each => each.host),
    command: wide(each => each.command.join(' ')),
    error: {get: each => each.error, priority: -1},
  },
  {text: entryText, empty: 'no such change from here is recorded'},
)
