const pattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/

/** RFC 3339 text to nanoseconds since the epoch, exactly; undefined when it is not one. */
export function parseInstantNs(text: string): bigint | undefined {
  const match = pattern.exec(text)
  if (!match) return undefined
  const wholeMs = Date.parse(match[1]! + match[3]!)
  if (Number.isNaN(wholeMs)) return undefined
  return BigInt(wholeMs) * 1_000_000n + BigInt((match[2] ?? '').padEnd(9, '0'))
}

/** Nanoseconds since the epoch as RFC 3339 UTC with nine digits. */
export function formatInstantNs(ns: bigint): string {
  const wholeS = (ns - ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n) / 1_000_000_000n
  const rest = ns - wholeS * 1_000_000_000n
  return `${new Date(Number(wholeS) * 1000).toISOString().slice(0, 19)}.${String(rest).padStart(9, '0')}Z`
}
