import {spawn} from 'node:child_process'
import {mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, it} from 'vitest'
import {parts} from '../../../src/sandbox/parts.ts'
import {startSandbox, type Sandbox} from '../../../src/sandbox/sandbox.ts'
import {binPath, cleanEnv} from '../../helpers/cli.ts'
import {openTerminal, type Terminal} from './terminal.ts'

/* What the dashboard reads only when it is asked to, in a real terminal, on the sandbox. */

let dir: string
let sandbox: Sandbox
let env: Record<string, string>
let terminal: Terminal

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'opsdeck-dash-looks-'))
  sandbox = await startSandbox(parts, {dir, nowMs: () => Date.now(), hide: [], live: true})
  const config = join(dir, 'config.yaml')
  const contexts = {sandbox: sandbox.context, quiet: {readonly: true, raft: sandbox.context['raft']}}
  writeFileSync(config, JSON.stringify({current: 'sandbox', contexts}), {mode: 0o600})
  env = {OPSDECK_CONFIG: config, XDG_STATE_HOME: join(dir, 'state'), XDG_CACHE_HOME: join(dir, 'cache')}
})
afterEach(() => terminal?.close())
afterAll(async () => {
  await sandbox?.stop()
  rmSync(dir, {recursive: true, force: true, maxRetries: 5})
})

const has = (pattern: RegExp) => (lines: string[]) => lines.some(line => pattern.test(line))

async function open(): Promise<Terminal> {
  terminal = await openTerminal(['dash'], {env, columns: 100, rows: 30})
  await terminal.until(has(/^TASKS .*of 5/), 'everything is read')
  return terminal
}

const command = (words: string) => terminal.keys(':', ...[...words].map(char => (char === ' ' ? 'Space' : char)), 'Enter')

describe('the dashboard', () => {
  it('lists keys of the cluster, shows one whole, and tells when nobody serves them', async () => {
    const {keys, until} = await open()
    await keys('5', 'Enter')
    await until(has(/^KV {2}6 {2}all keys {2}linearizable, node \d/), 'all keys')
    await command('kv /app/payments/')
    await until(has(/^KV {2}2 {2}\/app\/payments\/ /), 'those of one folder')
    await keys('Enter')
    await until(has(/^ {4}2 {4}"primary": "acme-pay",/), 'the value, line by line')
    await keys('Escape', 'Down', 'Enter')
    await until(has(/^00000000 {2}00 c0 ff ee .*\|/), 'bytes as a dump')
    const nodes = [1, 2, 3].map(id => sandbox.targets.get(`raft/${id}`)!)
    for (const node of nodes) await node.actions['kill']!()
    await keys('Escape', 'C-r')
    await until(has(/^KV {2}2 .*no node/), 'why there is nothing newer')
    for (const node of nodes) await node.actions['revive']!()
  })

  it('follows the WAL, and filters it', async () => {
    const {keys, until} = await open()
    await command('wal')
    await until(has(/^> *\S* +(spans|logs|metrics) /), 'records come')
    await keys('/', ...'gateway', 'Enter')
    const isFiltered = (lines: string[]) => lines.filter(line => /edge-gateway/.test(line)).length > 1
    await until(lines => isFiltered(lines) && !has(/ payments /)(lines), 'only some')
  })

  it('goes to another context and obeys its guards', async () => {
    const {keys, until} = await open()
    await command('ctx quiet')
    await until(lines => /^ quiet +READ-ONLY/.test(lines[0]!) && !has(/^TASKS/)(lines), 'it is another context')
    await command('tasks')
    await until(has(/the context does not say where this is/), 'what it has not')
    await command('ctx nowhere')
    await until(has(/no context "nowhere"/), 'and where it cannot go')
    await keys('q')
  })

  it('shows what another process of the account verifies, and forgets it when that is killed', async () => {
    const {keys, until} = await open()
    const folder = join(dir, 'big')
    mkdirSync(join(folder, 'data'), {recursive: true})
    writeFileSync(join(folder, 'data/fold.snap'), '')
    const size = 4 * 1_073_741_824
    truncateSync(join(folder, 'data/fold.snap'), size)
    writeFileSync(join(folder, 'MANIFEST.json'), JSON.stringify({
      schema_version: 2, backend: 'append-log', backend_version: '2', cursor_hex: '00000000000000ff',
      created_at_unix: 1_795_200_000, files: [{path: 'data/fold.snap', size, blake3: '0'.repeat(64)}], scope: [''],
    }))
    await keys('9')
    const snap = spawn(process.execPath, [binPath('snap'), 'verify', folder, '-q'], {env: cleanEnv(env), stdio: 'ignore'})
    await until(has(new RegExp(`^ verify .*\\d+% .* pid ${snap.pid}$`)), 'it is shown')
    snap.kill('SIGKILL')
    await until(lines => !has(/^ verify /)(lines), 'it is gone')
    expect(has(/^ARTIFACTS +2 /)(terminal.screen())).toBe(true)
  })
})
