import {escapeControl} from '../format/escape.ts'

/** Characters of a long line that stand in one line of the screen, as long as none is wider than one cell. */
const textCells = 72
const bytesALine = 16

/** A whole value to be read on a screen: text with the numbers of its lines, other bytes as a hex dump. */
export function valueLines(value: string, encoding: string): string[] {
  return encoding === 'hex' ? hexLines(value) : value.split('\n').flatMap((line, at) => numbered(line, at + 1))
}

/** What does not fit goes on below, without a number. */
function numbered(line: string, number: number): string[] {
  return pieces(escapeControl(line)).map((piece, at) => `${(at === 0 ? String(number) : '').padStart(5)}  ${piece}`)
}

function pieces(text: string): string[] {
  if (text.length <= textCells / 2) return [text]
  const isPlain = /^[\x20-\x7e]*$/.test(text)
  return text.match(isPlain ? plainPiece : widePiece) ?? []
}

const plainPiece = new RegExp(`.{1,${textCells}}`, 'g')
/** Half as many, since each may be two cells wide. */
const widePiece = new RegExp(`.{1,${textCells / 2}}`, 'gsu')

/** `00000010  68 65 6c 6c 6f …  |hello…|`, as hexdump writes it. */
function hexLines(hex: string): string[] {
  const bytes = Buffer.from(hex, 'hex')
  return Array.from({length: Math.ceil(bytes.length / bytesALine)}, (_, line) => {
    const offset = line * bytesALine
    const end = Math.min(bytes.length, offset + bytesALine)
    let [pairs, text] = ['', '']
    for (let at = offset; at < end; at += 1) {
      pairs += byteTexts[bytes[at]!]
      text += printable[bytes[at]!]
    }
    return `${offset.toString(16).padStart(8, '0')}  ${pairs.padEnd(bytesALine * 3)} |${text}|`
  })
}

const allBytes = Array.from({length: 256}, (_, byte) => byte)
const byteTexts = allBytes.map(byte => `${byte.toString(16).padStart(2, '0')} `)
const printable = allBytes.map(byte => (byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : '.'))
