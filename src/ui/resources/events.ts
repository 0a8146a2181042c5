import {view} from '../../format/view.ts'
import {toneOf, type DashEvent} from '../events/event.ts'
import {resource} from '../resource.ts'

const eventsView = view<DashEvent>('events', each => String(each.id), {
  time: {get: each => new Date(each.atMs).toISOString().slice(11, 23), priority: 3},
  event: {get: each => each.kind, tone: each => (each.acknowledged ? 'dim' : toneOf(each.kind)), priority: 3},
  subject: {get: each => each.subject, priority: 1},
  text: each => each.text,
  seen: {get: each => (each.acknowledged ? 'yes' : 'new'), priority: 2},
}, {data: ({atMs, ...rest}) => ({at: new Date(atMs).toISOString(), ...rest})})

/** What happened while the dashboard looked. */
export const events = resource<DashEvent>('events', ['ev'], {
  view: () => eventsView, key: each => String(each.id), fault: each => !each.acknowledged, command: () => 'ctl dash',
})
