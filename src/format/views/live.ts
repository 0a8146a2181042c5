import {escapeControl} from '../escape.ts'
import {duration, instant} from '../units.ts'
import type {Page} from '../view.ts'

type Shown = Record<string, unknown>

const colours = [36, 35, 34, 33, 32, 96, 95, 94, 93, 92]

/** A service in a colour of its own, the same in every run; plain where there is no colour. */
export function serviceColour(service: string, page: Page): string {
  const name = escapeControl(service)
  if (page.paint('key', 'x') === 'x') return name
  let sum = 7
  for (const char of service) sum = (Math.imul(sum, 31) + char.codePointAt(0)!) >>> 0
  return `\u001b[${colours[sum % colours.length]}m${name}\u001b[39m`
}

/** One line for a span or a log of a live feed. */
export function liveLine(record: Shown, page: Page): string {
  const time = instant(String(record['startTime'] ?? record['timestamp'] ?? ''))
  const service = serviceColour(String(record['service'] ?? '-'), page)
  if (record['spanId'] !== undefined && record['operation'] !== undefined) {
    const status = String(record['status'])
    const tail = `${escapeControl(String(record['operation']))} ${duration(Number(record['durationMs']))} ${status}`
    const shown = status === 'error' ? page.paint('bad', tail) : tail
    return `${time} ${service} ${shown} ${page.paint('dim', String(record['traceId']))}`
  }
  const severity = String(record['severity'] ?? '-')
  const body = escapeControl(
    String(record['body'] || (record['bodySha256'] ? `(blob ${String(record['bodySha256'])})` : '')),
  )
  const tone = ['error', 'fatal'].includes(severity)
    ? 'bad' as const
    : severity === 'warn' ? 'warn' as const : undefined
  const said = `${severity} ${body}`
  return `${time} ${service} ${tone ? page.paint(tone, said) : said}`
}

/** The plain words of a record, which --include and --exclude are tried on. */
export function liveText(record: Shown): string {
  return liveLine(record, {width: Number.POSITIVE_INFINITY, unicode: true, nowMs: 0, paint: (_tone, text) => text})
}

/** Marks what a pattern matches, in the plain parts of a line. */
export function highlight(line: string, pattern: RegExp | undefined, page: Page): string {
  if (!pattern || page.paint('key', 'x') === 'x') return line
  const parts = line.split(/(\u001b\[\d+m)/)
  return parts.map(
    (part, n) => (n % 2 === 1 ? part : part.replace(pattern, found => (found ? `\u001b[7m${found}\u001b[27m` : ''))),
  ).join('')
}

/** `{service} {attributes.http.route}`: members by name, `\\n` and `\\t` as they are meant, unknown ones as "-". */
export function fillTemplate(template: string, record: Shown): string {
  const text = template.replaceAll('\\n', '\n').replaceAll('\\t', '\t')
  return text.replace(/\{([\w.-]+)\}/g, (_whole, path: string) => escapeControl(valueAt(record, path)))
}

function valueAt(record: Shown, path: string): string {
  const [first = '', ...rest] = path.split('.')
  const value = rest.length > 0 ? (record[first] as Shown | undefined)?.[rest.join('.')] : record[first]
  return value === null || value === undefined ? '-' : typeof value === 'object' ? JSON.stringify(value) : String(value)
}
