// `npm run bench [name …]`: ratios of whole runs against a peer or bare Node. Quote the ratios, not the times.
import {readdirSync} from 'node:fs'
import type {Ratio} from './measure.ts'

const wanted = process.argv.slice(2)
const names = readdirSync(import.meta.dirname)
  .filter(name => name.endsWith('.ts') && !['run.ts', 'measure.ts', 'fanout-farm.ts', 'fanout-cold.ts'].includes(name))
  .map(name => name.replace(/\.ts$/, ''))
  .filter(name => wanted.length === 0 || wanted.includes(name))

const line = (cells: string[]) => console.log(`${cells[0]!.padEnd(64)}${cells.slice(1).map(cell => cell.padStart(10)).join('')}`)
line(['', 'ours ms', 'theirs ms', 'ratio', 'target', ''])
for (const name of names) {
  const bench = (await import(`./${name}.ts`)) as {ratios?: () => Promise<Ratio[]>}
  for (const each of (await bench.ratios?.()) ?? []) {
    line([each.name, each.oursMs.toFixed(1), each.theirsMs.toFixed(1), each.ratio.toFixed(2), `<= ${Number(each.target.toFixed(2))}`, each.ratio <= each.target ? 'ok' : 'MISSED'])
  }
}
process.exit(0)
