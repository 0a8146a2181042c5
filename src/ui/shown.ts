import type {SourceName} from './model.ts'
import {resourceOf} from './resources.ts'
import {current, type Ui} from './ui-state.ts'

/** The sources that the current screen shows. */
export function shownSources(ui: Ui): readonly SourceName[] {
  const screen = current(ui)
  if (screen.kind !== 'list') return []
  const {source, beside} = resourceOf(screen.resource)
  return [source, beside?.source].filter(each => each !== undefined)
}
