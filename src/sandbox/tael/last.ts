/** The largest window that the real server's calendar holds; beyond it, it drops the connection. */
const longestSeconds = 8_000_000_000_000

/**
 * The server's reading of `last`: whole seconds, or a whole number and s, m, h or d; undefined for anything
 * else, which it takes to mean all time (or a route's default), not an error.
 */
export function parseLast(text: string | undefined): number | undefined {
  const match = /^\s*(-?\d+)([smhd]?)\s*$/.exec(text ?? '')
  if (!match) return undefined
  return Number(match[1]) * {'': 1, s: 1, m: 60, h: 3_600, d: 86_400}[match[2]!]!
}

export function isBeyondCalendar(text: string | undefined): boolean {
  return Math.abs(parseLast(text) ?? 0) > longestSeconds
}
