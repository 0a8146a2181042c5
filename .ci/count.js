// Adds up vitest's JSON reports and prints `N passed, N failed` alone on the last line. A report that is
// missing or empty counts as a failure: a run that executed nothing has not passed.
import {readFileSync} from 'node:fs'
import {join} from 'node:path'

const folder = process.argv[2]
let passed = 0
let failed = 0
for (const name of ['unit', 'peers']) {
  try {
    const report = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))
    const brokenFiles = report.testResults.filter(file => file.status === 'failed' && file.assertionResults.every(test => test.status !== 'failed')).length
    if (report.numTotalTests === 0) throw new Error('no test was executed')
    passed += report.numPassedTests
    failed += report.numFailedTests + brokenFiles
    if (report.numPendingTests + report.numTodoTests > 0) {
      console.log(`${name}: ${report.numPendingTests + report.numTodoTests} tests were not run; that counts as failed`)
      failed += report.numPendingTests + report.numTodoTests
    }
  } catch (error) {
    console.log(`${name}: no report (${error.message})`)
    failed += 1
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
