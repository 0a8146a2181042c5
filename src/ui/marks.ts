import type {Rows} from './rows.ts'
import type {ListScreen} from './ui-state.ts'

/** The marked rows among those that are listed. */
export function marked({marks}: ListScreen, {items, resource}: Rows): readonly unknown[] {
  return marks && marks.size > 0 ? items.filter(item => marks.has(resource.key(item))) : []
}
