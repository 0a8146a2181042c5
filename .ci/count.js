// Adds up vitest's JSON reports and prints `N passed, N failed` alone on the last line. A report that is
// missing or empty counts as a failure: a run that executed nothing has not passed.
//
// A file that failed was run once more by itself, and that run's word counts (`NAME-again.json`). What failed the
// first time is named all the same: it depends on how busy the machine is, and wants mending.
import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'

const folder = process.argv[2]

/** The files of a report by name, or of none. */
function filesOf(name) {
  const path = join(folder, `${name}.json`)
  return new Map(existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).testResults.map(file => [file.name, file]) : [])
}

/** What did not pass in a file; a file that broke outside its tests is one more. */
function failuresOf({name, status, assertionResults}) {
  const failed = assertionResults.filter(test => test.status !== 'passed').map(test => `${name} > ${test.fullName}`)
  return status === 'failed' && failed.length === 0 ? [`${name} (outside its tests)`] : failed
}

let passed = 0
let failed = 0
for (const name of ['unit', 'peers']) {
  const first = filesOf(name)
  const again = filesOf(`${name}-again`)
  if (first.size === 0) {
    console.log(`${name}: no test was executed`)
    failed += 1
  }
  for (const [path, file] of first) {
    const last = again.get(path) ?? file
    if (last !== file) for (const failure of failuresOf(file)) console.log(`failed at first, run again: ${failure}`)
    for (const failure of failuresOf(last)) console.log(`failed: ${failure}`)
    failed += failuresOf(last).length
    passed += last.assertionResults.filter(test => test.status === 'passed').length
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
