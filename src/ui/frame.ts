import {grid} from './grid.ts'
import {headerLine, statusLine} from './header.ts'
import {footerWords} from './keys.ts'
import {shapeOf, windowTop, type Size} from './layout.ts'
import {clip, fit, padded, run, spread, type Line} from './line.ts'
import {marked} from './marks.ts'
import type {Now, SourceName} from './model.ts'
import {overviewLines} from './overview.ts'
import {ageRun} from './panels/panel.ts'
import type {Resource} from './resource.ts'
import {rowsOf, type Rows} from './rows.ts'
import type {Theme} from './theme.ts'
import {traceLines} from './trace-lines.ts'
import {current, type ListScreen, type Prompt, type State, type TextScreen} from './ui-state.ts'
import type {World} from './world.ts'

/**
 * The whole screen as painted lines, one fewer than the terminal has, none wider. Pure: the same state, the same
 * screen.
 */
export function frame({world, ui}: State, now: Now, size: Size, theme: Theme): string[] {
  const {columns, rows} = size
  const {unicode} = theme
  const height = Math.max(1, rows - 1)
  if (shapeOf(size) === 'line') return [theme.paint(statusLine(world, ui, now, columns, unicode))]
  const bodyHeight = height - 2
  const body = bodyLines({world, ui}, now, size, bodyHeight, theme)
  const full = Array.from({length: bodyHeight}, (_, at) => body[at] ?? '')
  const bottom = clip(bottomLine({world, ui}, now, columns, unicode), columns, unicode)
  return [theme.paint(headerLine(world, ui, now, columns, unicode)), ...full, theme.paint(bottom)]
}

function bodyLines(state: State, now: Now, size: Size, height: number, theme: Theme): string[] {
  const {world, ui} = state
  const paint = (lines: readonly Line[]) => lines.map(line => theme.paint(clip(line, size.columns, theme.unicode)))
  if (ui.prompt?.kind === 'confirm') return paint(confirmLines(ui.prompt, size.columns, height, theme.unicode))
  const screen = current(ui)
  switch (screen.kind) {
    case 'overview': return paint(overviewLines(world, now, size, height, theme.unicode))
    case 'list': return paint(listLines(screen, state, now, size.columns, height, theme.unicode))
    case 'text': return paint(textLines(screen, size.columns, height, theme.unicode))
    case 'trace': return traceLines(screen, size.columns, height, now, theme)
  }
}

function listLines(
  screen: ListScreen, {world, ui}: State, now: Now, width: number, height: number, unicode: boolean,
): Line[] {
  const rows = rowsOf(screen, world, now.ms)
  const {resource, view, items, index} = rows
  const beside = besideLines(resource, world, width, unicode)
  const room = Math.max(1, height - 2 - beside.length)
  const top = windowTop(screen.top, Math.max(0, index), room, items.length)
  const known = resource.source === undefined || screen.items ? undefined : world.sources[resource.source]
  const title = listTitle(screen, rows, known, now, width, unicode)
  if (items.length === 0) return [title, ...beside, [run(`  ${emptyWords(screen, rows, known)}`, 'dim')]]
  const isMarked = (item: unknown) => screen.marks?.has(resource.key(item)) ?? false
  const options = {width, nowMs: now.ms, unicode, wide: ui.wide, selected: index - top, sort: screen.sort, isMarked}
  return [title, ...beside, ...grid(view, items.slice(top, top + room), options)]
}

/** What another source says of the listed things. */
function besideLines({beside}: Resource, {sources}: World, width: number, unicode: boolean): Line[] {
  const data = beside && sources[beside.source]?.data
  return data ? beside.lines(data as never, width, unicode) : []
}

type KnownSource = World['sources'][SourceName]

/** What is listed, how many of them pass, what is missing, and how old it is. */
function listTitle(
  screen: ListScreen, rows: Rows, known: KnownSource, now: Now, width: number, unicode: boolean,
): Line {
  const trouble = screen.trouble ?? known?.error
  const words = [...titleWords(screen, rows), trouble ?? '', ...knownWords(rows.resource, known)].filter(Boolean)
  const left = [
    run(rows.resource.name.toUpperCase(), 'title'), run(`  ${words.join('  ')}`, trouble ? 'bad' : undefined),
  ]
  return spread(left, known ? [ageRun(known, now)] : [], width, unicode)
}

function titleWords(screen: ListScreen, rows: Rows): (string | false)[] {
  const {filter, faults, subject = ''} = screen
  const {items, total} = rows
  const marks = marked(screen, rows).length
  return [
    filter || faults ? `${items.length} of ${total}` : String(total), marks > 0 && `${marks} marked`,
    filter && `/${filter}`, faults && 'faults only', subject,
  ]
}

function knownWords({about}: Resource, known: KnownSource): string[] {
  if (!known?.data) return []
  const {within = ''} = known.data as {within?: string}
  return [about?.(known.data as never) ?? '', within, ...known.data.missing.map(part => `missing ${part}`)]
}

function emptyWords(screen: ListScreen, {resource, view, total}: Rows, known: KnownSource): string {
  if (total > 0) return 'nothing passes the filter'
  const isUnread = screen.own ? screen.items === undefined : known !== undefined && known.data === undefined
  if (isUnread) return screen.trouble ?? known?.error ? 'nothing could be read' : 'reading'
  const isConfigured = known !== undefined || resource.source === undefined || screen.items !== undefined
  return isConfigured ? view.empty ?? `no ${view.kind}` : 'the context does not say where this is'
}

function textLines({title, lines, top, left}: TextScreen, width: number, height: number, unicode: boolean): Line[] {
  const shown = lines.slice(top, top + height - 1)
  const place = lines.length > height - 1 ? `${top + 1}-${top + shown.length} of ${lines.length}` : ''
  const heading = spread([run(title, 'title')], [run(place, 'dim')], width, unicode)
  return [heading, ...shown.map((text): Line => [run(fit(text.slice(left), width, unicode))])]
}

const asks = {
  yes: () => 'Nothing is written before y.',
  reason: () => 'Why? It goes to the audit log; empty leaves.',
  name: (target: string) => `Type ${target} to go on; anything else leaves.`,
}

function confirmLines(
  {planned, step}: Extract<Prompt, {kind: 'confirm'}>, width: number, height: number, unicode: boolean,
): Line[] {
  const tone = (text: string) => (text.startsWith('+') ? 'good' : text.startsWith('-') ? 'bad' : undefined)
  const body = planned.preview.split('\n').map((text): Line => [run(fit(text, width, unicode), tone(text))])
  const warnings = planned.warnings.map((text): Line => [run(`warning: ${text}`, 'warn')])
  const title = padded([run(planned.what, 'title')], width, unicode)
  return [title, ...warnings, [run(asks[step](planned.target), 'warn')], ...body].slice(0, height)
}

const promptWords = {command: ':', filter: '/', publish: 'directive for tenant: '}

const keptEnd = 24

/** A message that is too long keeps its end, which says what came of it. */
function bothEnds(text: string, width: number, unicode: boolean): string {
  const whole = fit(text, width, unicode)
  if (whole === fit(text, width + 1, unicode)) return whole
  let end = text.slice(-keptEnd)
  while (fit(end, keptEnd, unicode) !== fit(end, keptEnd + 1, unicode)) end = end.slice(1)
  return fit(text.slice(0, -end.length), width - keptEnd, unicode) + fit(end, keptEnd, unicode)
}

/** What is typed, what is said, or the most useful keys. */
function bottomLine({ui}: State, now: Now, width: number, unicode: boolean): Line {
  const {prompt, message} = ui
  if (prompt?.kind === 'confirm') {
    const question = '? [y/N] '
    if (prompt.step === 'yes') {
      return [run(fit(prompt.planned.what, width - question.length, unicode) + question, 'warn')]
    }
    return [run(`${prompt.step}: `, 'warn'), run(fit(prompt.text, width - 10, unicode)), run('_', 'dim')]
  }
  if (prompt) {
    const options = prompt.kind === 'command' ? prompt.options?.join(' ') ?? '' : ''
    const typed = [run(promptWords[prompt.kind], 'key'), run(fit(prompt.text, width - 24, unicode)), run('_', 'dim')]
    return [...typed, run(options && `  ${options}`, 'dim')]
  }
  if (message && message.untilMs > now.monotonicMs) return [run(bothEnds(message.text, width, unicode), message.tone)]
  return footerWords(current(ui)).flatMap((word, at): Line => [run(at > 0 ? '  ' : ''), run(word, 'dim')])
}
