import {paintedLines} from './painted.ts'
import {openScenario, scenarios} from './screens.ts'
import {svgOf} from './svg.ts'

const columns = 120

/** The pictures of the documentation: what each shows, and how high its terminal is. */
const shown = [
  {name: 'overview', rows: 30, title: 'ctl dash: the overview', text: 'Raft, shards, tasks and leases on the left; alerts, directives, errors and events on the right.'},
  {name: 'waterfall', rows: 14, title: 'ctl dash: the waterfall of a trace', text: 'A failed checkout: one bar a span, nested by caller, the failing ones marked.'},
] as const

/** Every picture, drawn by the dashboard's own tree: path below the root, and its text. */
export async function pictures(): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  for (const {name, rows, title, text} of shown) {
    const stage = await openScenario(scenarios.find(each => each.name === name)!)
    const lines = paintedLines(stage, {columns, rows}, {colour: true})
    files.set(`docs/pictures/${name}.svg`, svgOf(lines, columns, title, text))
  }
  return files
}
