import {globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {readAudit} from '../../src/cli/audit/read.ts'
import {readManifest} from '../../src/cli/manifest.ts'
import {runBin} from '../helpers/cli.ts'
import {commandLines, startWorld, type Bin, type CommandLine, type World} from '../helpers/command-lines.ts'

let world: World
let folder: string
beforeAll(async () => {
  world = await startWorld()
  folder = mkdtempSync(join(tmpdir(), 'opsdeck-changes-'))
})
afterAll(async () => {
  await world.stop()
  rmSync(folder, {recursive: true})
})

const bins = ['tael', 'ctl', 'snap'] as const
const commands = bins.flatMap(bin =>
  Object.entries(readManifest(bin).commands).map(([id, {flags}]) => ({
    bin,
    name: [bin, ...id.split(':')].join(' '),
    flags,
  })),
)
const changing = commands.filter(({flags}) => flags['dry-run'])

/** Those that change no system: a new command is one of them, or has the flags of a change. */
const reading = [
  'tael alert list',
  'tael alerts',
  'tael anomalies',
  'tael comment list',
  'tael completion',
  'tael correlate',
  'tael diff',
  'tael doctor',
  'tael get metric',
  'tael get trace',
  'tael ingest status',
  'tael logs',
  'tael metric',
  'tael metrics',
  'tael query logs',
  'tael query metrics',
  'tael query sql',
  'tael query traces',
  'tael schema',
  'tael services',
  'tael shards',
  'tael spans',
  'tael sql',
  'tael summarize',
  'tael tail logs',
  'tael tail traces',
  'tael topology',
  'tael trace',
  'tael traces',
  'tael wal inspect',
  'tael wal stat',
  'tael wal tail',
  'tael wal tap',
  'tael watch',
  'ctl audit list',
  'ctl audit show',
  'ctl completion',
  'ctl dash',
  'ctl directive check',
  'ctl directive diff',
  'ctl directive explain',
  'ctl directive get',
  'ctl directive list',
  'ctl directive metrics',
  'ctl directive mint',
  'ctl directive tape',
  'ctl directive tenants',
  'ctl directive watch',
  'ctl doctor',
  'ctl lease get',
  'ctl lease history',
  'ctl lease list',
  'ctl lease wait',
  'ctl lease watch',
  'ctl raft kv get',
  'ctl raft kv scan',
  'ctl raft kv watch',
  'ctl raft leader',
  'ctl raft members',
  'ctl raft status',
  'ctl raft wait',
  'ctl raft watch membership',
  'ctl schema',
  'ctl task due',
  'ctl task get',
  'ctl task history',
  'ctl task list',
  'ctl task wait',
  'ctl task watch',
  'snap completion',
  'snap diff',
  'snap list',
  'snap pull',
  'snap schema',
  'snap show',
  'snap verify',
  // These change the configuration or a sandbox of this account, and nothing else.
  ...['add', 'edit', 'list', 'previous', 'remove', 'set', 'show', 'use', 'validate'].map(name => `ctl context ${name}`),
  ...['', ' freeze', ' kill', ' lead', ' revive', ' targets'].map(name => `ctl sandbox${name}`),
]

test('every command has the flags of a change or is known to change nothing', () => {
  const undecided = commands
    .filter(({name, flags}) => !flags['dry-run'] && !reading.includes(name))
    .map(({name}) => name)
  expect(undecided).toEqual([])
  for (const {name, flags} of changing)
    expect([name, ...['dry-run', 'yes', 'confirm', 'reason', 'readonly'].filter(flag => !flags[flag])]).toEqual([name])
})

test('a change is applied in one place, and by what is itself applied there', () => {
  const found = globSync(join(import.meta.dirname, '../../src/{cli,commands}/**/*.{ts,tsx}'))
    .filter(file => /\b(?:change|plan|planned)\w*\)*\.apply\(/i.test(readFileSync(file, 'utf8')))
    .map(file => file.split('/src/')[1])
  // The screen knows no client: what it applies is the dashboard's action. A round is one change that applies its steps; `task exec` renews the claim that was applied at its start; an action
  // of the dashboard is a change with a warning more.
  expect(found.sort()).toEqual([
    'cli/apply.ts',
    'cli/dash/actions.ts',
    'cli/round/round.ts',
    'cli/task-exec-command.ts',
  ])
})

/** A line of each command that would change something. */
const only: Record<string, string> = {
  'ctl raft status': '--probe-write',
  'ctl directive verify-applied': '--repair',
  'ctl directive verify': '--repair',
}
const lineOf = (name: string): CommandLine => {
  const line = commandLines.find(({bin, words}) => `${[bin, ...words].join(' ')} `.startsWith(`${name} `))
  if (!line) throw new Error(`${name} has no line`)
  const words = line.words.filter(word => word !== '--dry-run')
  return {...line, words: only[name] ? [...words, only[name]] : words}
}
const withFlag = (words: readonly string[], flag: string) => {
  const end = words.indexOf('--')
  return end < 0 ? [...words, flag] : [...words.slice(0, end), flag, ...words.slice(end)]
}

describe.each(changing.map(({bin, name}) => [name, bin] as const))('%s', (name, bin) => {
  test('is refused where nothing may be changed, before anything is asked', async () => {
    const state = mkdtempSync(join(folder, 'state-'))
    const env = {...world.frozenEnv, XDG_STATE_HOME: state}
    const words = world.words(lineOf(name), 0)
    const before = world.frozenConnections()
    const readonlyContext = join(state, 'config.yaml')
    writeFileSync(
      readonlyContext,
      readFileSync(world.frozenEnv['OPSDECK_CONFIG']!, 'utf8').replace('"sandbox":{', '"sandbox":{"readonly":true,'),
      {mode: 0o600},
    )
    const ran = await Promise.all([
      runBin(bin, withFlag(words, '--readonly'), {env}),
      runBin(bin, words, {env: {...env, OPSDECK_READONLY: '1'}}),
      runBin(bin, words, {env: {...env, OPSDECK_CONFIG: readonlyContext}}),
    ])
    for (const {code, stdout, stderr} of ran)
      expect({code, stdout, stderr}).toMatchObject({code: 12, stdout: '', stderr: expect.stringContaining('read-only')})
    expect([world.frozenConnections() - before, readdirSync(state)]).toEqual([0, ['config.yaml']])
  })
})

const trace = '35f76ceff3c810b2049457e1371ebd87'
/** Real changes on the sandbox, in an order that makes sense; how many changes each is. */
const changes: [Bin, string, number?][] = [
  ['tael', 'alert create --name a --query sum(up) --shard shard-a'],
  ['tael', 'alert delete a --shard shard-a --yes'],
  ['tael', `comment add ${trace} seen --shard shard-a`],
  ['ctl', 'task claim fresh'],
  ['ctl', 'task release fresh --interval 1h'],
  ['ctl', 'task claim other'],
  ['ctl', 'task fail other'],
  ['ctl', 'task exec third --interval 1h -- true', 2],
  ['ctl', 'raft kv put k v'],
  ['ctl', 'raft kv cas k w --expect v'],
  ['ctl', 'raft kv delete k --yes'],
  ['ctl', 'raft status --probe-write'],
  ['ctl', 'lease exec e --ttl 1m -- true', 2],
  ['ctl', 'lease acquire a --ttl 1m'],
  ['ctl', 'lease complete a'],
  ['ctl', 'lease abandon a --yes'],
  ['ctl', 'directive publish --tenant acme --ring-buffer'],
  ['ctl', 'directive revoke shape-acme --yes'],
  ['ctl', 'directive clear --yes'],
  ['snap', 'push EXPORT new/key'],
  ['snap', 'prune edge/routes --grace 0s --yes'],
  ['snap', 'doctor'],
  ['snap', 'round edge/new --ttl 1m --dir DIR -- cp -r EXPORT DIR'],
]
/** They write only when a proxy has missed something. */
const elsewhere = ['ctl directive verify', 'ctl directive verify-applied']

test('every changing command has a real change here, or is known to have none', () => {
  const lacking = changing
    .map(({name}) => name)
    .filter(
      name => !elsewhere.includes(name) && !changes.some(([bin, words]) => `${bin} ${words} `.startsWith(`${name} `)),
    )
  expect(lacking).toEqual([])
})

test.each(changes)('%s %s leaves its record in the audit log', async (bin, line, count = 1) => {
  // One state for all: some of what is published is remembered there.
  const state = join(folder, 'state')
  const log = async () => (await readAudit(join(state, 'opsdeck/audit.jsonl'))).entries
  const artifact = world.words({words: ['EXPORT']} as CommandLine, 0)[0]!
  const words = line
    .split(' ')
    .map(word => (word === 'EXPORT' ? artifact : word === 'DIR' ? join(folder, 'round') : word))
  const before = (await log()).length
  const ran = await runBin(bin, words, {
    env: {...world.env, XDG_STATE_HOME: state, OPSDECK_OPERATOR: 'tester', OPSDECK_REASON: 'a test'},
  })
  expect({code: ran.code, stderr: ran.stderr}).toMatchObject({code: 0})
  const entries = (await log()).slice(before)
  expect(entries).toHaveLength(count)
  for (const entry of entries) {
    expect(entry).toMatchObject({
      outcome: 'done',
      error: null,
      operator: 'tester',
      reason: 'a test',
      context: 'sandbox',
    })
    expect(entry.command.slice(0, 2)).toEqual([bin, words[0]])
  }
})
