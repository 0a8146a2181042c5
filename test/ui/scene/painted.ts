import type {Size} from '../../../src/ui/layout.ts'
import {createPainter} from '../../../src/ui/painter.ts'
import type {Look, Stage} from './stage.ts'

/** The screen as a terminal gets it, line by line; the lines hold the colours. */
export function paintedLines(stage: Stage, size: Size, look: Look): string[] {
  let written = ''
  createPainter(text => (written += text)).paint(stage.frame(size, look), size.columns)
  const places = written.split(/\u001b\[\d+;1H/)
  // Before the first place and at the last one nothing is written but what erases.
  return places.slice(1, -1).map(line => line.replaceAll(/\u001b\[[?\d]*[A-Zhl]/g, ''))
}
