import {mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {runBin} from '../helpers/cli.ts'

const artifact = join(import.meta.dirname, '../fixtures/artifact/artifacts/append-log-rev9')
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsdeck-snap-round-'))
  mkdirSync(join(folder, 'store'))
})
afterEach(() => rmSync(folder, {recursive: true}))

const snap = (...words: string[]) =>
  runBin('snap', ['round', 'edge/routes', '--ttl', '5m', ...words], {
    env: {
      OPSDECK_LEASES_URL: `sqlite:${join(folder, 'leases.db')}`,
      OPSDECK_ARTIFACTS_URL: `file://${join(folder, 'store')}`,
      XDG_STATE_HOME: join(folder, 'state'),
      OPSDECK_OPERATOR: 'tester',
    },
  })
const command = [
  '--',
  'sh',
  '-c',
  `echo exporting to $OPSDECK_ARTIFACT_DIR as $OPSDECK_LEASE_HOLDER until $OPSDECK_LEASE_EXPIRES_AT
  cp -r ${artifact} "$OPSDECK_ARTIFACT_DIR"`,
]
const audit = () =>
  readFileSync(join(folder, 'state/opsdeck/audit.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as {action: string; outcome: string})
    .map(({action, outcome}) => `${action} ${outcome}`)

test('a round answers with each step; what the command prints goes to stderr', async () => {
  const ran = await snap('-o', 'json', ...command)
  expect(ran.stderr).toMatch(
    /^exporting to \S+\/state\/opsdeck\/rounds\/edge_routes-\w{8} as snap:tester@\S+\/\w{8} until 20\S+Z\nwarning: a folder store: .*\n$/,
  )
  expect(JSON.parse(ran.stdout)).toMatchObject({
    outcome: 'published',
    rank: 9,
    cursorHex: '0000000000000009',
    steps: Array(6).fill({outcome: 'done'}),
  })
  expect(ran.code).toBe(0)
  const again = await snap(...command)
  expect(again).toMatchObject({code: 7, stdout: '', stderr: expect.stringContaining('is held by snap:tester@')})
  expect(audit()).toEqual(['round started', 'round done'])
})

test("a failing round answers too, and ends with the command's own code", async () => {
  const ran = await snap('-o', 'json', '--', 'sh', '-c', 'exit 42')
  expect(ran.code).toBe(42)
  expect(JSON.parse(ran.stdout)).toMatchObject({outcome: 'failed', abandoned: true})
  expect(JSON.parse(ran.stderr)).toMatchObject({
    code: 'EXPORT_FAILED',
    error: 'the export command ended with 42',
    exit_code: 42,
  })
  expect(audit()).toEqual(['round started', 'round not-done'])
})

test.each([
  [['true'], 3],
  [['--lease', '.x', '--', 'true'], 3],
  [['--grace', 'x', '--', 'true'], 3],
  [['--ttl', '1500ms', '--', 'true'], 3],
  [['--ttl', '5s', '--', 'true'], 3],
  [['--readonly', '--', 'true'], 12],
  [['--', '/no/such/program'], 127],
])('%j ends with %i', async (words, code) => {
  expect((await snap(...words)).code).toBe(code)
})

test('a dry run shows all steps and runs none', async () => {
  const {code, stdout} = await snap('--dry-run', '--', 'touch', join(folder, 'ran'))
  expect(code).toBe(0)
  for (const step of [
    'INSERT lease_entries edge/routes',
    'run "touch"',
    'push ',
    'complete the lease',
    'remove payloads',
    'remove ',
  ]) {
    expect(stdout).toContain(step)
  }
  await expect(async () => readFileSync(join(folder, 'ran'))).rejects.toThrow('ENOENT')
})
