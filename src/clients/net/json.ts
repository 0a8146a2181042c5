/** A JSON value as it came over a wire: nothing about it is known yet. */
export type Json = null | boolean | number | bigint | string | Json[] | {[key: string]: Json}

const longInteger = /(?:[:[,]|^)\s*-?\d{16,}(?![\d.eE])/

/**
 * Parses JSON without losing integers: those beyond 2^53 become bigint. Bodies without a run of 16
 * digits after a delimiter take the plain, fast path.
 */
export function parseJson(text: string): Json {
  if (!longInteger.test(text)) return JSON.parse(text) as Json
  return JSON.parse(text, exactIntegers as (key: string, value: unknown) => unknown) as Json
}

function exactIntegers(_key: string, value: unknown, context: {source?: string}): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || context.source === undefined) return value
  return /^-?\d+$/.test(context.source) ? BigInt(context.source) : value
}
