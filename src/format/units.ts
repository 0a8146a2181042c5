/** 0.0421 -> "42.1µs", 81.000192 -> "81ms", 61234 -> "1m1.2s". Input in milliseconds. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return '-'
  const sign = ms < 0 ? '-' : ''
  const abs = Math.abs(ms)
  if (abs === 0) return '0ms'
  if (abs < 0.001) return `${sign}${trim(abs * 1e6)}ns`
  if (abs < 1) return `${sign}${trim(abs * 1e3)}µs`
  if (abs < 1_000) return `${sign}${trim(abs)}ms`
  if (abs < 60_000) return `${sign}${trim(abs / 1e3)}s`
  return sign + clock(Math.round(abs / 1e3))
}

/** Whole seconds as the two largest units: 3725 -> "1h2m", 90061 -> "1d1h". */
function clock(seconds: number): string {
  const parts = [['d', 86_400], ['h', 3_600], ['m', 60], ['s', 1]] as const
  const first = parts.findIndex(([, size]) => seconds >= size)
  if (first < 0) return '0s'
  const [unit, size] = parts[first]!
  const next = parts[first + 1]
  const rest = next ? Math.floor((seconds % size) / next[1]) : 0
  return `${Math.floor(seconds / size)}${unit}${next && rest > 0 ? `${rest}${next[0]}` : ''}`
}

/** Three significant digits without trailing zeros; whole numbers above 100 stay whole. */
function trim(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))
}

const sizes = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** 1536 -> "1.5KiB". */
export function size(bytes: number | bigint): string {
  let value = Number(bytes)
  let unit = 0
  while (Math.abs(value) >= 1024 && unit < sizes.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 ? value : trim(value)}${sizes[unit]}`
}

/** 0.0416 -> "4.2%". What is not none is never shown as none, nor what is not all as all. */
export function percent(ratio: number): string {
  if (!Number.isFinite(ratio)) return '-'
  if (ratio > 0 && ratio < 0.000_5) return '<0.1%'
  if (ratio < 1 && ratio >= 0.999_5) return '>99.9%'
  return `${(ratio * 100).toFixed(1)}%`
}

/** A plain number for people: at most three decimals, or three digits where those would show too little. */
export function decimal(value: number): string {
  if (Number.isInteger(value)) return String(value)
  return String(Number(Math.abs(value) < 0.1 ? value.toPrecision(3) : value.toFixed(3)))
}

/** "2026-11-21T10:00:00.123456789Z" -> "2026-11-21 10:00:00.123": RFC 3339 text cut to milliseconds, UTC. */
export function instant(rfc3339: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]00:00)$/.exec(rfc3339)
  return match ? `${match[1]} ${match[2]}.${(match[3] ?? '').padEnd(3, '0').slice(0, 3)}` : rfc3339
}

/** How long ago, or how long until, in the two largest units: "3m12s ago", "in 4m". */
export function relative(targetMs: number, nowMs: number): string {
  const distance = nowMs - targetMs
  if (Math.abs(distance) < 1_000) return 'now'
  const text = clock(Math.round(Math.abs(distance) / 1_000))
  return distance > 0 ? `${text} ago` : `in ${text}`
}
