import type {Screen} from './ui-state.ts'

export type Mode = Screen['kind']

/** What a key does; the controller has one handler for each. */
export type Act =
  | 'help' | 'command' | 'filter' | 'open' | 'back' | 'quit' | 'up' | 'down' | 'pageUp' | 'pageDown' | 'first' | 'last'
  | 'left' | 'right' | 'describe' | 'raw' | 'copy' | 'equivalent' | 'wide' | 'sort' | 'reverse' | 'faults' | 'pause'
  | 'refresh' | 'save' | 'previous' | 'mark' | 'unmark' | 'acknowledge' | 'publish' | 'logs' | 'act' | 'jump'

export interface Key {
  keys: readonly string[]
  does: string
  act: Act
  in: readonly Mode[]
  /** For one resource only. */
  resource?: string
  /** Among the few in the footer. */
  footer?: string
}

const everywhere: readonly Mode[] = ['overview', 'list', 'text', 'trace']
const moving: readonly Mode[] = ['list', 'text', 'trace']

/** One table: it dispatches, it is the help, and it is the footer. */
export const keys: readonly Key[] = [
  {keys: ['?'], does: 'the keys of this screen', act: 'help', in: everywhere, footer: 'keys'},
  {keys: [':'], does: 'go to a screen by its name; tab completes', act: 'command', in: everywhere, footer: 'go to'},
  {keys: ['/'], does: 'filter: pattern, !pattern, -f letters', act: 'filter', in: ['list'], footer: 'filter'},
  {keys: ['enter'], does: 'open what is under the cursor', act: 'open', in: ['list', 'trace'], footer: 'open'},
  {keys: ['esc', 'backspace'], does: 'clear the filter, or back', act: 'back', in: moving, footer: 'back'},
  {
    keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
    does: 'traces, errors, logs, shards, raft, tasks, leases, directives, artifacts',
    act: 'jump', in: everywhere, footer: 'screens',
  },
  {keys: ['0'], does: 'the overview', act: 'jump', in: everywhere},
  {keys: ['up', 'k'], does: 'up', act: 'up', in: moving},
  {keys: ['down', 'j'], does: 'down', act: 'down', in: moving},
  {keys: ['pgup', 'ctrl-b'], does: 'a page up', act: 'pageUp', in: moving},
  {keys: ['pgdn', 'ctrl-f'], does: 'a page down', act: 'pageDown', in: moving},
  {keys: ['home', 'g'], does: 'the first', act: 'first', in: moving},
  {keys: ['end', 'G'], does: 'the last', act: 'last', in: moving},
  {keys: ['left'], does: 'to the left', act: 'left', in: ['text']},
  {keys: ['right'], does: 'to the right', act: 'right', in: ['text']},
  {keys: ['d'], does: 'describe: every column', act: 'describe', in: ['list', 'trace']},
  {keys: ['y'], does: 'as JSON', act: 'raw', in: ['list', 'trace']},
  {
    keys: ['c'], does: 'copy the id, or those of the marked rows, to the clipboard (OSC 52)',
    act: 'copy', in: ['list', 'trace'],
  },
  {keys: ['l'], does: 'logs of this trace', act: 'logs', in: ['trace'], footer: 'logs'},
  {keys: ['l'], does: 'logs of the trace', act: 'logs', in: ['list'], resource: 'traces', footer: 'logs'},
  {keys: ['l'], does: 'logs of the trace', act: 'logs', in: ['list'], resource: 'errors', footer: 'logs'},
  {keys: ['!'], does: 'the command line that shows the same', act: 'equivalent', in: everywhere},
  {keys: ['s'], does: 'sort by the next column', act: 'sort', in: ['list']},
  {keys: ['S'], does: 'sort the other way', act: 'reverse', in: ['list']},
  {keys: ['ctrl-w'], does: 'all columns, or the usual ones', act: 'wide', in: ['list']},
  {keys: ['ctrl-z'], does: 'only faults, or everything', act: 'faults', in: ['list']},
  {keys: ['p'], does: 'stop reading, or go on', act: 'pause', in: everywhere},
  {keys: ['ctrl-r'], does: 'read now', act: 'refresh', in: everywhere},
  {keys: [' '], does: 'mark the row, or take its mark away', act: 'mark', in: ['list']},
  {keys: ['ctrl-\\'], does: 'take all marks away', act: 'unmark', in: ['list']},
  {
    keys: ['ctrl-s'], does: 'save the marked rows, all of them, or the event log, as JSON',
    act: 'save', in: ['overview', 'list'],
  },
  {keys: ['-'], does: 'the screen before', act: 'previous', in: everywhere},
  {
    keys: ['a'], does: 'acknowledge the event',
    act: 'acknowledge', in: ['list'], resource: 'events', footer: 'acknowledge',
  },
  {keys: ['a'], does: 'acknowledge all events', act: 'acknowledge', in: ['overview']},
  {
    keys: ['n'], does: 'publish a directive for a tenant, 10 minutes',
    act: 'publish', in: ['list'], resource: 'directives', footer: 'publish',
  },
  {
    keys: ['r'], does: 'release the claim: it runs again in an hour (asks)',
    act: 'act', in: ['list'], resource: 'tasks', footer: 'release',
  },
  {
    keys: ['ctrl-d'], does: 'fail the claim: it runs again at its old time (asks)',
    act: 'act', in: ['list'], resource: 'tasks', footer: 'fail',
  },
  {keys: ['ctrl-d'], does: 'abandon the lease (asks)', act: 'act', in: ['list'], resource: 'leases', footer: 'abandon'},
  {
    keys: ['ctrl-d'], does: 'revoke the directive (asks)',
    act: 'act', in: ['list'], resource: 'directives', footer: 'revoke',
  },
  {keys: ['q', 'ctrl-c'], does: 'leave', act: 'quit', in: everywhere, footer: 'leave'},
]

/** The keys that work on a screen. */
export function keysOf(screen: Screen): Key[] {
  const resource = screen.kind === 'list' ? screen.resource : undefined
  return keys.filter(key => key.in.includes(screen.kind) && (key.resource === undefined || key.resource === resource))
}

export function keyFor(screen: Screen, pressed: string): Key | undefined {
  return keysOf(screen).find(key => key.keys.includes(pressed))
}

const shownKeys = ({keys: names}: Key) =>
  (names.length > 3 ? `${names[0]}-${names.at(-1)}` : names.join(' ').replace(/^ $/, 'space'))

/** The help of a screen. */
export function helpLines(screen: Screen): string[] {
  const own = keysOf(screen)
  const width = Math.max(...own.map(key => shownKeys(key).length))
  return own.map(key => `${shownKeys(key).padEnd(width)}  ${key.does}`)
}

/** The footer: what is most useful here, what belongs to the screen first. */
export function footerWords(screen: Screen): string[] {
  const own = keysOf(screen).filter(key => key.footer !== undefined)
  return [...own.filter(key => key.resource !== undefined), ...own.filter(key => key.resource === undefined)]
    .map(key => `${key.keys.length > 3 ? `${key.keys[0]}-${key.keys.at(-1)}` : key.keys[0]} ${key.footer}`)
}
