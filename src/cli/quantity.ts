import {UsageError} from '../clients/net/errors.ts'

const unitMs: Record<string, number> = {
  ns: 1e-6, us: 1e-3, 'µs': 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000,
}

const durationForms = 'Write a length of time as 250ms, 1.5s, 10m, 2h, 1h30m, 7d or 1w.'
const longestMs = 100 * 366 * 86_400_000

/** A length of time in milliseconds; `bareUnit` is what a plain number means, without it one is refused. */
export function parseDurationMs(text: string, options: {bareUnit?: string} = {}): number {
  const trimmed = text.trim()
  const value = /^\d+(\.\d+)?$/.test(trimmed) && options.bareUnit
    ? Number(trimmed) * unitMs[options.bareUnit]!
    : sumOfParts(trimmed)
  if (value === undefined) throw new UsageError(`"${text}" is not a length of time`, {
    code: 'BAD_DURATION', hint: durationForms,
  })
  if (value > longestMs) throw new UsageError(`"${text}" is longer than 100 years`, {
    code: 'LONG_DURATION', hint: durationForms,
  })
  return value
}

/** `1h30m` and the like, units in falling order, each once; undefined when it is not that. */
function sumOfParts(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|[smhdw]))+$/.test(text)) return undefined
  let total = 0
  let lastUnit = Number.POSITIVE_INFINITY
  for (const [, number, , unit] of text.matchAll(/(\d+(\.\d+)?)(ns|us|µs|ms|[smhdw])/g)) {
    const size = unitMs[unit!]!
    if (size >= lastUnit) return undefined
    lastUnit = size
    total += Number(number) * size
  }
  return total
}

const unitBytes: Record<string, number> = {
  '': 1, b: 1, k: 1e3, kb: 1e3, m: 1e6, mb: 1e6, g: 1e9, gb: 1e9, t: 1e12, tb: 1e12,
  ki: 2 ** 10, kib: 2 ** 10, mi: 2 ** 20, mib: 2 ** 20, gi: 2 ** 30, gib: 2 ** 30, ti: 2 ** 40, tib: 2 ** 40,
}

/** A size in bytes: 512, 64KiB, 16MiB, 1.5GB. */
export function parseSizeBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim())
  const unit = match && unitBytes[match[2]!.toLowerCase()]
  const value = match && unit !== undefined && unit !== null ? Number(match[1]) * unit : Number.NaN
  if (!Number.isSafeInteger(Math.round(value))) {
    throw new UsageError(`"${text}" is not a size`, {
      code: 'BAD_SIZE', hint: 'Write a size as 512, 64KiB, 16MiB or 1.5GB.',
    })
  }
  return Math.round(value)
}
