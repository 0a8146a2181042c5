import type {Known} from './freshness.ts'
import {allot, shapeOf, type Size} from './layout.ts'
import {padded, run, type Line} from './line.ts'
import type {Now, Readings, SourceName} from './model.ts'
import {directivesPanel, leasesPanel, tasksPanel} from './panels/owners.ts'
import {demand, draw, type Panel, type Place} from './panels/panel.ts'
import {alertsPanel, drawEvents, errorsPanel} from './panels/signals.ts'
import {raftPanel, shardsPanel} from './panels/systems.ts'
import type {World} from './world.ts'

const left: readonly Panel[] = [raftPanel, shardsPanel, tasksPanel, leasesPanel]
const right: readonly Panel[] = [alertsPanel, directivesPanel, errorsPanel]

/** All panels of what the context has, in two panes or one below the other; in one line where nothing else fits. */
export function overviewLines(world: World, now: Now, {columns, rows}: Size, height: number, unicode: boolean): Line[] {
  const place: Place = {width: columns, unicode, now, history: world.history}
  if (shapeOf({columns, rows}) !== 'two') {
    return column([...left.slice(0, 2), alertsPanel, ...left.slice(2), ...right.slice(1)], true, world, height, place)
  }
  const half = Math.floor((columns - 3) / 2)
  const [one, two] = [
    column(left, false, world, height, {...place, width: half}),
    column(right, true, world, height, {...place, width: columns - 3 - half}),
  ]
  const bar = run(unicode ? ' │ ' : ' | ', 'dim')
  return Array.from({length: height}, (_, at): Line => [
    ...padded(one[at] ?? [], half, unicode), bar, ...(two[at] ?? []),
  ])
}

function column(panels: readonly Panel[], withEvents: boolean, world: World, height: number, place: Place): Line[] {
  const shown = panels.flatMap(panel => {
    const known = world.sources[panel.source] as Known<Readings[SourceName]> | undefined
    return known ? [{panel, known}] : []
  })
  const events = withEvents ? [Math.max(2, world.events.length + 1)] : []
  const heights = allot(height, [...shown.map(({panel, known}) => demand(panel, known)), ...events])
  const drawn = shown.flatMap(({panel, known}, at) => draw(panel, known, heights[at]!, place))
  return withEvents ? [...drawn, ...drawEvents(world.events, heights[shown.length]!, place)] : drawn
}
