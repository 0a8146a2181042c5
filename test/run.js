// Runs one vitest project; with OPSDECK_REPORTS set, leaves a JSON report there as well.
import {spawnSync} from 'node:child_process'
import {join} from 'node:path'

const [project, ...rest] = process.argv.slice(2)
const reports = process.env.OPSDECK_REPORTS
const reporters = reports
  ? ['--reporter=default', '--reporter=json', `--outputFile.json=${join(reports, `${project}.json`)}`]
  : []
const vitest = new URL('../node_modules/vitest/vitest.mjs', import.meta.url).pathname
const {status} = spawnSync(
  process.execPath, [decodeURIComponent(vitest), 'run', '--project', project, ...reporters, ...rest],
  {stdio: 'inherit'},
)
process.exitCode = status ?? 1
