import {resources} from '../../../src/ui/resources.ts'
import {openStage, type Look, type Stage, type StageOptions} from './stage.ts'

interface Scenario extends StageOptions {
  name: string
  keys: readonly string[]
}

const goTo = (name: string) => [':', ...name, 'enter']

export const failedTraceId = '72997601e312f75ad98a36e71f46f6a4'
const failedTrace = [...goTo('traces'), '/', ...failedTraceId.slice(0, 5), 'enter', 'enter']

/** Every screen of the dashboard, and the keys that lead there. */
export const scenarios: readonly Scenario[] = [
  {name: 'overview', keys: []},
  {name: 'overview-lost', keys: [], danger: true, lost: {
    leases: 'NATS 127.0.0.1:4222: no answer within 1500 ms', raft: 'no node answers: nothing listens there', tasks: 'the bucket does not answer',
  }},
  ...resources.map(({name}) => ({name, keys: goTo(name)})),
  {name: 'task-history', keys: [...goTo('tasks'), 'enter']},
  {name: 'waterfall', keys: [...failedTrace, 'down', 'down']},
  {name: 'waterfall-incomplete', keys: failedTrace, change: scene => ({
    ...scene, trace: async (...words) => {
      const {trace, ...rest} = await scene.trace(...words)
      return {...rest, hidden: 2, trace: {...trace, complete: false, missingParents: ['b25d0c5298f66c9a']}}
    },
  })},
  {name: 'span', keys: [...failedTrace, 'down', 'enter']},
  {name: 'describe', keys: [...goTo('directives'), 'd']},
  {name: 'kv-prefix', keys: [...goTo('kv /app/'), 'down']},
  {name: 'kv-value', keys: [...goTo('kv'), 'down', 'down', 'enter']},
  {name: 'kv-bytes', keys: [...goTo('kv'), 'down', 'down', 'down', 'd']},
  {name: 'wal-faults', keys: [...goTo('wal'), 'ctrl-z', 'ctrl-w']},
  {name: 'wal-record', keys: [...goTo('wal'), 'end', 'up', 'd']},
  {name: 'wal-gap', keys: [...goTo('wal'), '/', ...'gap', 'enter', 'enter']},
  {name: 'raw', keys: [...goTo('leases'), 'y']},
  {name: 'help', keys: [...goTo('tasks'), '?']},
  {name: 'filter', keys: [...goTo('tasks'), '/', 'r', 'e', 't']},
  {name: 'sorted-wide', keys: [...goTo('tasks'), 's', 's', 'S', 'ctrl-w', 'down']},
  {name: 'marked', keys: [...goTo('tasks'), ' ', 'down', ' ']},
  {name: 'command', keys: [':', 'l', 'tab']},
  {name: 'confirm', keys: [...goTo('tasks'), 'ctrl-d']},
  {name: 'confirm-danger', danger: true, keys: [...goTo('tasks'), 'ctrl-d', ...'INC-7', 'enter', 'd']},
]

export async function openScenario({keys, ...options}: Scenario): Promise<Stage> {
  const stage = openStage(options)
  await stage.keys(...keys)
  return stage
}

/** The sizes and kinds of terminals that are stored. The plain ones are what NO_COLOR shows. */
export const views: readonly {name: string; columns: number; rows: number; look: Look}[] = [
  {name: '200x50', columns: 200, rows: 50, look: {}},
  {name: '120x40', columns: 120, rows: 40, look: {}},
  {name: '80x24', columns: 80, rows: 24, look: {}},
  {name: '40x12', columns: 40, rows: 12, look: {}},
  {name: '80x24 in ASCII', columns: 80, rows: 24, look: {unicode: false}},
  {name: '80x24 in 16 colours', columns: 80, rows: 24, look: {colour: true}},
]

/** Lines as they are stored: no blanks at the end, escapes readable. */
export const stored = (lines: readonly string[]) =>
  lines.map(line => line.replaceAll('\u001b', '␛').trimEnd()).join('\n').trimEnd()

export function section(text: string, view: string): string {
  return text.split(/^== /m).find(each => each.startsWith(`${view}\n`))!.slice(view.length + 1).trimEnd()
}

/** Every stored screen: path below the root, and its text. */
export async function screens(): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  for (const scenario of scenarios) {
    const stage = await openScenario(scenario)
    const texts = views.map(({name, columns, rows, look}) => `== ${name}\n${stored(stage.frame({columns, rows}, look))}\n`)
    files.set(`test/ui/screens/${scenario.name}.txt`, texts.join('\n'))
  }
  return files
}
