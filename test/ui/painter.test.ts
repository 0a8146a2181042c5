import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {createPainter, type Painter} from '../../src/ui/painter.ts'

const columns = 8
const rows = 6

interface Glass {
  painter: Painter
  writes: string[]
  /** What stands on the terminal, without the blanks at the ends of its lines. */
  lines(): string[]
  /** Somebody else fills the terminal. */
  soil(): void
}

/** A terminal that knows no more than the painter uses: to a place, erase right or below, text that never wraps. */
function glass(): Glass {
  const cells = Array.from({length: rows}, () => Array<string>(columns).fill(' '))
  const writes: string[] = []
  let [row, column] = [0, 0]
  const erase = (line: string[], from: number) => line.fill(' ', from)
  const obey = (parameters: string, final: string) => {
    const [atRow = 1, atColumn = 1] = parameters.split(';').filter(Boolean).map(Number)
    if (final === 'H') [row, column] = [atRow - 1, atColumn - 1]
    else if (final === 'K') erase(cells[row]!, column)
    else if (final === 'J') cells.slice(row).forEach((line, at) => erase(line, at === 0 ? column : 0))
    else if (!'mhl'.includes(final)) throw new Error(`the painter wrote ${final}`)
  }
  const write = (text: string) => {
    writes.push(text)
    for (const [, parameters, final, char] of text.matchAll(/\u001b\[([\d;?]*)([A-Za-z])|([^\u001b])/g)) {
      if (final !== undefined) obey(parameters!, final)
      else {
        cells[row]![column] = char!
        column = Math.min(columns - 1, column + 1)
      }
    }
  }
  return {
    painter: createPainter(write), writes,
    lines: () => cells.map(line => line.join('').trimEnd()),
    soil: () => cells.forEach(line => line.fill('#')),
  }
}

const filled = (lines: readonly string[]) => Array.from({length: rows}, (_, at) => lines[at] ?? '')
const bare = (line: string) => line.replace(/\u001b\[[0-9;]*m/g, '').trimEnd()

describe('the painter', () => {
  it('writes nothing for a screen that is as it was, and only the line that changed', () => {
    const {painter, writes} = glass()
    painter.paint(['one', 'two'], columns)
    painter.paint(['one', 'two'], columns)
    expect(writes).toHaveLength(1)
    painter.paint(['one', 'three'], columns)
    expect(writes[1]).toContain('three')
    expect(writes[1]).not.toContain('one')
  })

  it('writes one synchronized piece, and leaves the cursor in the corner', () => {
    const {painter, writes} = glass()
    painter.paint(['one'], columns)
    expect(writes[0]).toMatch(/^\u001b\[\?2026h.*\u001b\[H\u001b\[\?2026l$/s)
  })

  it('keeps the last character of a line that fills its row', () => {
    const {painter, lines} = glass()
    painter.paint(['\u001b[31m12345678\u001b[0m'], columns)
    expect(lines()[0]).toBe('12345678')
    painter.paint(['abcdefgh'], columns)
    expect(lines()[0]).toBe('abcdefgh')
  })

  it('empties what somebody else wrote, once it is told', () => {
    const {painter, lines, soil} = glass()
    painter.paint(['one', 'two'], columns)
    soil()
    painter.forget()
    painter.paint(['one', 'two'], columns)
    expect(lines()).toEqual(filled(['one', 'two']))
  })

  it('shows each of any frames as it is, whatever was there before', () => {
    const word = fc.string({unit: fc.constantFrom('a', 'b', ' '), maxLength: columns})
    const toned = (text: string, tone: string) => (tone === '' ? text : `\u001b[${tone}m${text}\u001b[0m`)
    const line = fc.tuple(word, fc.constantFrom('', '1', '7')).map(([text, tone]) => toned(text, tone))
    const frames = fc.array(fc.array(line, {minLength: 1, maxLength: rows - 1}), {maxLength: 8})
    fc.assert(fc.property(frames, all => {
      const {painter, lines, soil} = glass()
      soil()
      for (const each of all) {
        painter.paint(each, columns)
        expect(lines()).toEqual(filled(each.map(bare)))
      }
    }))
  })
})
