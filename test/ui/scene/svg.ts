import {textWidth} from '../../../src/format/table.ts'

/* Painted lines as an SVG picture: one text element a run, each as wide as its cells whatever the font is. */

const cellWide = 8
const lineHigh = 18
const margin = 12

/** The 16 colours of a terminal, as a dark one has them. */
const palette: Record<number, string> = {
  30: '#484f58', 31: '#ff7b72', 32: '#56d364', 33: '#e3b341', 34: '#79c0ff', 35: '#d2a8ff', 36: '#39c5cf', 37: '#b1bac4', 97: '#ffffff',
}
const ground = '#0d1117'
const ink = '#c9d1d9'

interface Style {
  colour?: number
  background?: number
  bold?: boolean
  dim?: boolean
  inverse?: boolean
}

interface Part {
  text: string
  style: Style
}

/** The runs of a painted line. */
export function partsOf(line: string): Part[] {
  const parts: Part[] = []
  let style: Style = {}
  for (const [at, piece] of line.split(/\u001b\[([0-9;]*)m/).entries()) {
    if (at % 2 === 1) for (const code of piece.split(';').map(Number)) style = styled(style, code)
    else if (piece !== '') parts.push({text: piece, style})
  }
  return parts
}

function styled(style: Style, code: number): Style {
  if (code === 0) return {}
  if (code === 1) return {...style, bold: true}
  if (code === 2) return {...style, dim: true}
  if (code === 7) return {...style, inverse: true}
  if (code === 22) return {...style, bold: false, dim: false}
  if (code === 27) return {...style, inverse: false}
  if (code === 39) return {...style, colour: undefined}
  if (code === 49) return {...style, background: undefined}
  if (code in palette) return {...style, colour: code}
  if (code - 10 in palette) return {...style, background: code - 10}
  throw new Error(`the picture has no colour ${code}`)
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function partSvg({text, style}: Part, column: number, row: number): string {
  const wide = textWidth(text) * cellWide
  const [x, y] = [margin + column * cellWide, margin + row * lineHigh]
  const front = palette[style.colour ?? 0] ?? ink
  const back = palette[style.background ?? 0] ?? ground
  const [fill, behind] = style.inverse ? [back, front] : [front, back]
  const box = behind === ground ? '' : `<rect x="${x}" y="${y}" width="${wide}" height="${lineHigh}" fill="${behind}"/>`
  if (text.trim() === '') return box
  const kind = `${style.bold ? ' font-weight="bold"' : ''}${style.dim ? ' opacity="0.6"' : ''}${fill === ink ? '' : ` fill="${fill}"`}`
  return `${box}<text x="${x}" y="${y + 13}" textLength="${wide}"${kind}>${escaped(text)}</text>`
}

/** Blanks at the ends take no part: a run is as long as its text. */
function trimmed({text, style}: Part, column: number): [Part, number] {
  if (style.inverse || style.background) return [{text, style}, column]
  const bare = text.trimStart()
  return [{text: bare.trimEnd(), style}, column + text.length - bare.length]
}

function lineSvg(line: string, row: number): string {
  let column = 0
  const out = partsOf(line).flatMap(part => splitWide(part)).map(part => {
    const svg = partSvg(...trimmed(part, column), row)
    column += textWidth(part.text)
    return svg
  })
  return out.join('')
}

/** Wide gaps split a run, so that a font of another width does not move what comes after them. */
const splitWide = ({text, style}: Part): Part[] =>
  style.inverse || style.background ? [{text, style}] : text.split(/(?<=\S)(?=\s{2,})/).map(piece => ({text: piece, style}))

/** A picture of a screen of `columns` cells; `title` and `description` are for those who do not see it. */
export function svgOf(lines: readonly string[], columns: number, title: string, description: string): string {
  const [wide, high] = [columns * cellWide + 2 * margin, lines.length * lineHigh + 2 * margin]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${high}" width="${wide}" height="${high}" role="img" aria-labelledby="t d">`,
    `<title id="t">${escaped(title)}</title><desc id="d">${escaped(description)}</desc>`,
    `<rect width="${wide}" height="${high}" rx="8" fill="${ground}"/>`,
    `<g fill="${ink}" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="13" xml:space="preserve">`,
    ...lines.map(lineSvg).filter(Boolean),
    '</g>', '</svg>', '',
  ].join('\n')
}
