/** Latencies of a set of spans, in milliseconds, as the server computes them: the element at round((n - 1) p). */
export function exactLatencies(durationsMs: readonly number[]) {
  const sorted = durationsMs.toSorted((a, b) => a - b)
  const at = (p: number) => sorted[Math.round((sorted.length - 1) * p)] ?? 0
  const sum = sorted.reduce((total, each) => total + each, 0)
  return {
    avgMs: sorted.length > 0 ? sum / sorted.length : 0, maxMs: sorted.at(-1) ?? 0, p50Ms: at(0.5), p95Ms: at(0.95),
    p99Ms: at(0.99),
  }
}
