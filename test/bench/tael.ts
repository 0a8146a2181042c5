import seed from '../../src/sandbox/tael/seed.json' with {type: 'json'}
import {binPath} from '../helpers/cli.ts'
import {manySpans, sendOtlp, type Seed} from '../peers/tael/otlp.ts'
import {dispose, startTael, taelBinary} from '../peers/tael/start.ts'
import {pair, type Ratio} from './measure.ts'

/** Whole processes of ours against the Rust CLI, on the same live server. */
export async function ratios(): Promise<Ratio[]> {
  const node = await startTael()
  try {
    await sendOtlp(node.url, seed as unknown as Seed)
    const words = (limit: number) => ['query', 'traces', '--limit', String(limit), '--format', 'json', '--server', node.url]
    const against = (name: string, limit: number, target: number, runs: number) =>
      pair(name, [process.execPath, binPath('tael'), ...words(limit)], [taelBinary(), ...words(limit)], target, {runs})
    const small = against('tael query traces --limit 100, against the Rust CLI', 100, 2, 20)
    await sendOtlp(node.url, {spans: manySpans(50_000, 20, 3)})
    return [small, against('tael query traces, 50,000 spans, against the Rust CLI', 50_000, 1.5, 5)]
  } finally {
    await dispose(node)
  }
}
