import {sortItems} from '../format/sort.ts'
import type {View} from '../format/view.ts'
import {parseFilter, searchText} from './filter.ts'
import {withTimeLeft} from './left.ts'
import type {Directive} from './model.ts'
import type {Resource} from './resource.ts'
import {resourceOf} from './resources.ts'
import {memoised} from './store.ts'
import type {ListScreen} from './ui-state.ts'
import type {World} from './world.ts'

export interface Rows {
  resource: Resource
  view: View<unknown>
  /** After filter and faults, sorted. */
  items: readonly unknown[]
  total: number
  /** Of the cursor's row; -1 when there is none. */
  index: number
}

/** The rows of a list screen; the cursor stays on its row, and where that one is gone, on its place. */
export function rowsOf(screen: ListScreen, world: World, nowMs: number): Rows {
  const resource = resourceOf(screen.resource)
  const view = resource.view(nowMs)
  const all = itemsOf(screen, resource, world)
  const {items, indexes} = chosen(
    all, resource, screen.filter, screen.faults, screen.sort?.column, screen.sort?.down ?? false,
  )
  const shown = resource.name === 'directives' ? withTimeLeft(items as readonly Directive[], nowMs) : items
  const found = screen.cursor === undefined ? undefined : indexes.get(screen.cursor)
  return {resource, view, items: shown, total: all.length, index: found ?? Math.min(screen.index, items.length - 1)}
}

function itemsOf(screen: ListScreen, resource: Resource, world: World): readonly unknown[] {
  if (screen.items) return screen.items
  if (resource.name === 'events') return newestFirst(world.events)
  return resource.source === undefined ? [] : world.sources[resource.source]?.data?.items ?? []
}

const newestFirst = memoised((events: World['events']): readonly unknown[] => [...events].reverse())

const chosen = memoised((
  all: readonly unknown[], resource: Resource, filter: string, faults: boolean, column: string | undefined,
  down: boolean,
) => {
  const view = resource.view(0)
  const match = parseFilter(filter)
  const kept = all.filter(item => (!faults || resource.fault(item)) && (!match || match(searchText(view, item))))
  const items = column === undefined ? kept : sortItems(view, kept, down ? `-${column}` : column)
  return {items, indexes: new Map(items.map((item, at) => [resource.key(item), at]))}
})
