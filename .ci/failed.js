// Prints the files of a vitest JSON report that failed, one a line.
import {existsSync, readFileSync} from 'node:fs'

const report = process.argv[2]
const files = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).testResults : []
for (const {name, status} of files) if (status === 'failed') console.log(name)
