import {waterfallView, type Waterfall} from '../format/views/waterfall.ts'
import {windowTop} from './layout.ts'
import {ascii, clip, fit, run, type Run} from './line.ts'
import type {Now} from './model.ts'
import {memoised} from './store.ts'
import type {Theme} from './theme.ts'
import type {TraceScreen} from './ui-state.ts'

type Traced = NonNullable<TraceScreen['data']>

/** The picture's text is painted already, so what servers named is made safe before. */
const withSafeLabels = memoised((data: Waterfall, unicode: boolean): Waterfall => ({
  ...data, rows: data.rows.map(row => ({...row, label: unicode ? run(row.label).text : ascii(run(row.label).text)})),
}))

/** The picture that `tael trace` draws, with a cursor. */
export function traceLines(
  {traceId, data, error, index, top}: TraceScreen, width: number, height: number, now: Now, theme: Theme,
): string[] {
  if (!data) {
    const line = [run(`trace ${traceId}: `, 'title'), run(error ?? 'reading', error ? 'bad' : 'dim')]
    return [theme.paint(clip(line, width, theme.unicode))]
  }
  const page = {width: width - 2, unicode: theme.unicode, nowMs: now.ms, paint: theme.tone}
  const all = waterfallView.text!(withSafeLabels(data, theme.unicode), page).trimEnd().split('\n')
  const room = height - 2
  const from = windowTop(top, index, room, data.rows.length)
  const body = all.slice(2 + from, 2 + from + room)
  const mark = (at: number) => (at === index - from ? theme.tone('key', '> ') : '  ')
  const line = (text: string, at: number) => (from + at < data.rows.length ? mark(at) + text : note(text, width, theme))
  return [theme.paint([titleRun(traceId, data, width, theme)]), `  ${all[1] ?? ''}`, ...body.map(line)]
}

/** What it is, and which shards may hold more of it. */
function titleRun(traceId: string, {trace, missing = []}: Traced, width: number, {unicode}: Theme): Run {
  const parts = missing.map(part => `MISSING ${part}`)
  const counts = `${trace.spanCount} spans, ${trace.errors} errors`
  const words = [`trace ${traceId}`, counts, ...parts, trace.services.join(' ')].join('  ')
  return run(fit(words, width, unicode), parts.length > 0 ? 'bad' : 'title')
}

/** What the picture says below its rows knows no width. */
function note(painted: string, width: number, theme: Theme): string {
  return theme.paint([run(fit(`  ${painted.replace(/\u001b\[[0-9;]*m/g, '')}`, width, theme.unicode), 'dim')])
}
