import {bar, ticks} from './bar.ts'
import {escapeControl} from './escape.ts'
import {pad, shorten, textWidth} from './table.ts'
import {duration} from './units.ts'
import type {Page, Tone} from './view.ts'

/** One row of a waterfall as the text needs it. */
export interface WaterfallLine {
  label: string
  /** For each level above whether a gutter line passes; the row's own branch follows from `last`. */
  guides: readonly boolean[]
  depth: number
  last: boolean
  offsetMs: number
  durationMs: number
  /** Undefined for rows that stand for no single span. */
  selfMs?: number
  isError: boolean
  isCritical: boolean
  skew: 'early' | 'late' | null
  /** A row that only says something: no bar, no duration. */
  isRemark: boolean
}

export interface WaterfallHead {
  title: string
  totalMs: number
  lines: readonly WaterfallLine[]
  /** Said below the picture. */
  notes: readonly string[]
  offsets: boolean
}

const defaultWidth = 120
/** A terminal of 40 columns, less the two of the dashboard's cursor. */
const leastWidth = 38

/** A trace as a picture: names in their tree on the left, bars to scale, durations on the right. */
export function waterfallText(head: WaterfallHead, page: Page): string {
  const width = Math.max(leastWidth, Number.isFinite(page.width) ? page.width : defaultWidth)
  const right = Math.max(8, ...head.lines.map(line => timing(line, head.offsets).length))
  const names = head.lines.map(line => nameOf(line, page.unicode))
  const nameWidth = Math.min(Math.floor(width * 0.45), Math.max(12, ...names.map(textWidth)))
  const cells = Math.max(8, width - nameWidth - right - 4)
  const out = [page.paint('key', escapeControl(head.title)), rulerLine(head.totalMs, cells, nameWidth, page)]
  head.lines.forEach((line, at) => out.push(rowLine(line, names[at]!, {nameWidth, cells, right, head}, page)))
  for (const note of head.notes) out.push(page.paint('dim', escapeControl(note)))
  return `${out.map(text => text.trimEnd()).join('\n')}\n`
}

interface Measure {
  nameWidth: number
  cells: number
  right: number
  head: WaterfallHead
}

function rowLine(line: WaterfallLine, name: string, {nameWidth, cells, right, head}: Measure, page: Page): string {
  const tone: Tone | undefined = line.isError ? 'bad' : line.isRemark ? 'dim' : undefined
  const left = pad(fitName(name, nameWidth, page.unicode), nameWidth)
  if (line.isRemark) return page.paint('dim', left)
  const drawn = bar({fromMs: line.offsetMs, toMs: line.offsetMs + line.durationMs}, head.totalMs, cells, page.unicode)
  const coloured = colourBar(drawn, line, page)
  const time = pad(timing(line, head.offsets), right, true)
  const fill = ' '.repeat(Math.max(0, cells - textWidth(drawn)))
  return `${tone ? page.paint(tone, left) : left}  ${coloured}${fill}  ${time}`
}

/** Own time is drawn full, time inside children dim; the critical path is told by the mark in the name. */
function colourBar(drawn: string, line: WaterfallLine, page: Page): string {
  const tone: Tone | undefined = line.isError ? 'bad' : line.isCritical ? 'warn' : undefined
  const from = drawn.length - drawn.trimStart().length
  const body = drawn.slice(from)
  const own = line.selfMs === undefined || line.durationMs <= 0 ? body.length
    : Math.max(1, Math.round((body.length * line.selfMs) / line.durationMs))
  const head = tone ? page.paint(tone, body.slice(0, own)) : body.slice(0, own)
  const tail = body.slice(own)
  return ' '.repeat(from) + head + (tail ? page.paint('dim', shade(tail, page.unicode)) : '')
}

/** The part of a bar that children fill, told apart without colour too. */
function shade(text: string, unicode: boolean): string {
  return unicode ? text.replaceAll('█', '▒') : text.replaceAll('=', '-')
}

function timing(line: WaterfallLine, offsets: boolean): string {
  if (line.isRemark) return ''
  return offsets ? `+${duration(line.offsetMs)} ${duration(line.durationMs)}` : duration(line.durationMs)
}

/** Gutter, marks and label: `│ ├─ ✗ ● payments Charge`. */
function nameOf(line: WaterfallLine, unicode: boolean): string {
  const marks = [
    line.isError ? (unicode ? '✗' : '!') : '',
    line.isCritical ? (unicode ? '●' : '*') : '',
    line.skew ? (unicode ? '⚠' : '~') : '',
  ].join('')
  return `${gutter(line, unicode)}${marks ? `${marks} ` : ''}${escapeControl(line.label)}`
}

function gutter(line: WaterfallLine, unicode: boolean): string {
  if (line.depth === 0) return ''
  const [pass, branch, corner, blank] = unicode ? ['│ ', '├ ', '└ ', '  '] : ['| ', '+ ', '` ', '  ']
  return `${line.guides.map(more => (more ? pass : blank)).join('')}${line.last ? corner : branch}`
}

/** Deep trees: the gutter is shortened from the left so that the name itself stays readable. */
function fitName(name: string, width: number, unicode: boolean): string {
  if (textWidth(name) <= width) return name
  const label = name.replace(/^[│├└|+` ]*/, '')
  const indent = name.length - label.length
  const room = Math.floor(width / 2)
  if (indent <= room) return name.slice(0, indent) + shorten(label, width - indent, unicode)
  return `${unicode ? '…' : '..'}${name.slice(indent - room + 2, indent)}${shorten(label, width - room, unicode)}`
}

function rulerLine(totalMs: number, cells: number, nameWidth: number, page: Page): string {
  const line = Array.from({length: cells}, () => ' ')
  let free = 0
  for (const tick of ticks(totalMs)) {
    const text = duration(tick)
    const at = Math.min(cells - 1, Math.floor((tick / (totalMs || 1)) * cells))
    if (at < free || at + text.length > cells) continue
    line.splice(at, text.length, ...text)
    free = at + text.length + 1
  }
  return page.paint('dim', `${' '.repeat(nameWidth)}  ${line.join('')}`)
}
