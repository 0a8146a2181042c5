import {table} from '../table.ts'
import {duration} from '../units.ts'
import {view, type Page, type View} from '../view.ts'
import {logView, pointView} from './tael.ts'

interface Correlation {
  traceId: string
  spans: number
  services: string[]
  startTime: string
  endTime: string
  durationMs: number
  errors: number
  logs: Parameters<typeof logView.name>[0][]
  metrics: Parameters<typeof pointView.name>[0][]
}

export const correlationView: View<Correlation> = view<Correlation>('correlation', each => each.traceId, {
  trace: each => each.traceId,
  start: each => each.startTime,
  duration: {get: each => duration(each.durationMs), value: each => each.durationMs, unit: 'ms'},
  spans: each => each.spans,
  errors: {get: each => each.errors, tone: each => (each.errors > 0 ? 'bad' : undefined)},
  services: each => each.services.join(','),
  logs: each => each.logs.length,
  metrics: each => each.metrics.length,
}, {text: correlationText})

function correlationText(each: Correlation, page: Page): string {
  const options = {wide: false, headers: true}
  const head = `trace ${each.traceId}  ${duration(each.durationMs)}  ${each.spans} spans, ${each.errors} errors  `
    + `${each.startTime}  ${each.services.join(', ')}`
  const parts = [`${page.paint('key', head)}\n`]
  parts.push(each.logs.length > 0 ? table(logView, each.logs, options, page) : 'no logs of this trace\n')
  if (each.metrics.length > 0) {
    const title = page.paint('dim', 'metrics of the first span\'s service, of any time:')
    parts.push(`${title}\n${table(pointView, each.metrics, options, page)}`)
  }
  return parts.join('\n')
}
