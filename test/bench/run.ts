// `npm run bench [-- name …] [-- --write]`: ratios of whole runs against a peer or bare Node. Quote the ratios, not the
// times. With --write the table is kept in docs/bench.md, with the date and the machine.
import {readdirSync, writeFileSync} from 'node:fs'
import {cpus, loadavg, totalmem} from 'node:os'
import {join} from 'node:path'
import type {Ratio} from './measure.ts'

interface Row extends Ratio {
  bench: string
}

const words = process.argv.slice(2)
const wanted = words.filter(word => !word.startsWith('--'))
const helpers = ['run.ts', 'measure.ts', 'dash-load.ts', 'dash-farm.ts', 'dash-real.ts', 'fanout-farm.ts', 'fanout-cold.ts']
const names = readdirSync(import.meta.dirname)
  .filter(name => name.endsWith('.ts') && !helpers.includes(name))
  .map(name => name.replace(/\.ts$/, ''))
  .filter(name => wanted.length === 0 || wanted.includes(name))

const cells = ({name, oursMs, theirsMs, ratio, target}: Row) =>
  [name, oursMs.toFixed(1), theirsMs.toFixed(1), ratio.toFixed(2), `<= ${Number(target.toFixed(2))}`, ratio <= target ? 'ok' : 'MISSED']
const line = (row: string[]) => console.log(`${row[0]!.padEnd(64)}${row.slice(1).map(cell => cell.padStart(10)).join('')}`)

line(['', 'ours ms', 'theirs ms', 'ratio', 'target', ''])
const rows: Row[] = []
const loadBefore = loadavg()[0]!
for (const name of names) {
  const bench = (await import(`./${name}.ts`)) as {ratios?: () => Promise<Ratio[]>}
  const found = await bench.ratios?.().catch((error: unknown) => {
    console.error(`${name}: ${(error as Error).message}`)
    process.exitCode = 1
    return undefined
  })
  for (const each of found ?? []) {
    rows.push({...each, bench: name})
    line(cells(rows.at(-1)!))
  }
}
if (words.includes('--write')) writeFileSync(join(import.meta.dirname, '../../docs/bench.md'), page(rows))
process.exit()

function page(all: readonly Row[]): string {
  const missed = all.filter(({ratio, target}) => ratio > target)
  const table = (some: readonly Row[]) => [
    '| bench | what | ours ms | theirs ms | ratio | target | |', '| --- | --- | ---: | ---: | ---: | ---: | --- |',
    ...some.map(row => `| ${row.bench} | ${cells(row).join(' | ')} |`),
  ].join('\n')
  const machine = `${cpus().length} cores (${cpus()[0]!.model}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, load ${loadBefore.toFixed(1)} before`
  return [
    '# Bench', '', '`npm run bench -- --write` writes this. Medians of interleaved runs; only the ratios mean anything elsewhere.', '',
    `${new Date().toISOString().slice(0, 10)}, ${machine}.`, '',
    missed.length === 0 ? 'Every target is met.' : `Missed: ${missed.length} of ${all.length}.\n\n${table(missed)}`, '', '## All', '', table(all), '',
  ].join('\n')
}
