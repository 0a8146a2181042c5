import type {Controls} from '../controller.ts'
import type {ActionRequest} from '../sources.ts'
import type {Prompt} from '../ui-state.ts'
import {acknowledged} from '../world.ts'
import {selected} from './focus.ts'
import type {Handler} from './handler.ts'

/** Plans, then asks; nothing is written here. */
export function planAction(controls: Controls, request: ActionRequest): void {
  const {sources} = controls
  controls.say(`${request.kind}: looking`, 'warn')
  sources.plan(request, controls.signal).then(planned => {
    // Nobody says yes to a change of another context than the one on the screen.
    if (controls.sources !== sources) return
    const step = planned.typed ? 'reason' : 'yes'
    const prompt: Prompt = {kind: 'confirm', step, planned, reason: '', text: ''}
    controls.ui(ui => ({...ui, message: undefined, prompt}))
  }, (error: Error) => controls.say(error.message, 'bad'))
}

/** What the resource does with the row under the cursor on this key. */
export const act: Handler = (controls, pressed) => {
  const found = selected(controls)
  if (!found || found.item === undefined) return
  const action = found.rows.resource.actions.find(each => each.key === pressed)
  if (!action) return
  if (controls.store.get().world.facts.readonly) {
    return controls.say('this context is read-only: nothing is changed from here', 'bad')
  }
  planAction(controls, action.request(found.item))
}

export const publish: Handler = controls => controls.ui((ui, {world}) =>
  (world.facts.readonly ? ui : {...ui, prompt: {kind: 'publish', text: ''}}))

/** The event under the cursor; all of them on the overview. */
export const acknowledge: Handler = controls => {
  const found = selected(controls)
  const id = (found?.item as {id?: number} | undefined)?.id
  controls.store.update(state => {
    const ids = found ? (id === undefined ? [] : [id]) : state.world.events.map(event => event.id)
    return {...state, world: acknowledged(state.world, ids)}
  })
}
