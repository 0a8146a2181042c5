import {mkdtempSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {run, type Ran} from './helpers/cli.ts'

const script = join(import.meta.dirname, '../scripts/start.js')
let temporary: string
let tours: Ran[]
beforeAll(async () => {
  temporary = mkdtempSync(join(tmpdir(), 'opsdeck-start-test-'))
  tours = await Promise.all([1, 2].map(() => run(process.execPath, [script], {env: {TMPDIR: temporary}})))
}, 120_000)
afterAll(() => rmSync(temporary, {recursive: true, force: true}))

it('the tour of `npm start` ends by itself without a terminal, also twice side by side', () => {
  expect(tours.map(({code, stdout}) => [code, stdout.includes('# Your turn.')])).toEqual([[0, true], [0, true]])
})

it('it shows the incident, a shard that dies, and what is missing then', () => {
  for (const {stdout, stderr} of tours) {
    expect(stdout).toContain('payments POST acquirer.example/v1/charges')
    expect(stdout).toContain('shard-b: ok (2 of 2 up, leader shard-b)')
    expect(stdout).toContain('(exit code 9)')
    expect(stderr).toMatch(/^missing: shard shard-b/m)
  }
})

it('it leaves nothing behind: each sandbox took its folder away when it was told to stop', () => {
  expect(readdirSync(temporary)).toEqual([])
})
