import {spawn} from 'node:child_process'
import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {binPath, cleanEnv, runBin} from '../helpers/cli.ts'
import {claim, client, newTable} from '../clients/control-table/tables.ts'

let table: Awaited<ReturnType<typeof newTable>>
beforeEach(async () => {
  table = await newTable()
})
afterEach(() => table.remove())

const env = () => ({SCOUTER_STORAGE_URI: table.uri, OPSDECK_OPERATOR: 'tester'})
const ctl = (...words: string[]) => runBin('ctl', ['task', ...words], {env: env()})
const state = async (task: string) => (await client(table.root).get(task))?.state

test('claim, list, release, history', async () => {
  const claimed = await ctl('claim', 'nightly', '--holder', 'me', '--fence', '-o', 'json')
  expect(claimed.code).toBe(0)
  expect(JSON.parse(claimed.stdout)).toMatchObject({
    task: 'nightly', state: 'processing', holder: 'me', guard: 'fence and look-again',
  })
  expect(await ctl('list', '-o', 'name')).toMatchObject({code: 0, stdout: 'nightly\n'})
  expect(await ctl('list', '--all', '-o', 'name')).toMatchObject({code: 0, stdout: 'ctl_fence\nnightly\n'})
  expect((await ctl('release', 'nightly', '--interval', '1h', '--holder', 'you')).code).toBe(7)
  expect((await ctl('release', 'nightly', '--interval', '1h', '--holder', 'me', '--reason', 'done')).code).toBe(0)
  const {items} = JSON.parse((await ctl('history', 'nightly', '-o', 'json')).stdout) as {items: object[]}
  expect(items).toMatchObject([{action: 'claimed', holder: 'me'}, {action: 'released', reason: 'done'}])
})

test.each([
  [['get', 'nothing'], 2], [['get', 'a b'], 3], [['claim', "x';--"], 3], [['release', 'x'], 3],
  [['wait', 'x', '--for', 'rain'], 3],
  [['release', 'x', '--interval', '1h'], 2], [['list', '--at', '99'], 3], [['list', '--at', 'rain'], 3],
  [['exec', 'x', '--interval', '1h', 'true'], 3],
  [['list', '--uri', 'file:///x'], 3], [['list', '--uri', '/no/such/folder'], 2],
])('%j ends with %i', async (words, code) => {
  expect((await ctl(...words)).code).toBe(code)
})

test('a held task is 7 with holder, since and until', async () => {
  const {record} = await claim(client(table.root), 'x', 'pod-a')
  const refused = await ctl('claim', 'x', '-o', 'json')
  expect(refused.code).toBe(7)
  expect(JSON.parse(refused.stderr)).toMatchObject({
    code: 'HELD', details: {holder: 'pod-a', since: record.claimedAt, until: record.staleAt},
  })
})

test('a dry run and a read-only run write nothing', async () => {
  expect((await ctl('claim', 'x', '--dry-run')).stdout).toContain('nothing was written')
  expect((await ctl('claim', 'x', '--readonly')).code).toBe(12)
  expect(await state('x')).toBeUndefined()
})

test('wait: already so, in time, too late', async () => {
  expect((await ctl('wait', 'x', '--for', 'due')).code).toBe(0)
  await claim(client(table.root), 'x', 'pod-a')
  expect((await ctl('wait', 'x', '--for', 'held-by=pod-a')).code).toBe(0)
  expect((await ctl('wait', 'x', '--for', 'idle', '--within', '300ms', '--interval', '50ms')).code).toBe(8)
  const endless = 'without --within this waits for ever'
  expect((await ctl('wait', 'nosuch', '--for', 'due', '--timeout', '2s')).stderr).toContain(endless)
  expect((await ctl('wait', 'nosuch', '--for', 'due', '--timeout', '2s', '--within', '2s')).stderr).not.toContain(endless)
})

test('a name that is nearly another task\'s gets a hint', async () => {
  await claim(client(table.root), 'trace_optimize', 'pod-a')
  expect(await ctl('get', 'trace_optimise')).toMatchObject({
    code: 2, stderr: expect.stringContaining('Did you mean: ctl task get trace_optimize'),
  })
  expect(await ctl('get', 'nothing_like_it')).toMatchObject({
    code: 2, stderr: expect.stringContaining('ctl task list shows'),
  })
})

test('a first claim says so; of a name that is nearly another it asks', async () => {
  expect((await ctl('claim', 'trace_optimize')).stderr).toContain(
    'there is no task trace_optimize yet: this claim adds it',
  )
  const refused = await ctl('exec', 'trace_optimise', '--interval', '1h', '--', 'true')
  expect(refused).toMatchObject({code: 12, stdout: ''})
  expect(refused.stderr).toContain('Did you mean trace_optimize?')
  expect(await state('trace_optimise')).toBeUndefined()
  expect((await ctl('claim', 'trace_optimise', '--yes')).code).toBe(0)
})

test('exec: the code of the command, and the task given back', async () => {
  expect((await ctl('exec', 'x', '--interval', '1s', '--', 'sh', '-c', 'exit 37'))).toMatchObject({
    code: 37, stderr: expect.stringContaining('the command ended with 37; x was given back as failed'),
  })
  expect(await state('x')).toBe('due')
  const ran = await ctl(
    'exec', 'x', '--interval', '1h', '--holder', 'me', '--', 'sh', '-c', 'echo $OPSDECK_TASK $OPSDECK_TASK_HOLDER "$@"',
    'sh', 'a', '-v', 'a',
  )
  expect(ran).toMatchObject({code: 0, stdout: 'x me a -v a\n'})
  expect(await state('x')).toBe('idle')
  expect((await ctl('exec', 'x', '--interval', '1h', '--conflict-exit-code', '99', '--', 'true')).code).toBe(99)
  expect((await ctl('exec', 'y', '--interval', '1h', '--', 'no-such-program')).code).toBe(127)
  expect(await state('y')).toBe('due')
})

/** Runs exec on a child that writes its process id and sleeps; resolves when that is there. */
async function running(...flags: string[]): Promise<{pid: number; child: number; code: Promise<number>}> {
  const file = join(table.uri, 'pid')
  await writeFile(file, '')
  const words = [
    'task', 'exec', 'x', '--interval', '1h', '--holder', 'me', ...flags, '--', 'sh', '-c',
    `echo $$ > ${file}; sleep 60`,
  ]
  const wrapper = spawn(process.execPath, [binPath('ctl'), ...words], {env: cleanEnv(env()), stdio: 'ignore'})
  const code = new Promise<number>(resolve => wrapper.once('exit', (n, signal) => resolve(n ?? (signal ? -1 : -2))))
  for (;;) {
    const text = await readFile(file, 'utf8')
    if (text.endsWith('\n')) return {pid: wrapper.pid!, child: Number(text), code}
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

test('exec hands TERM on, and gives the task back', async () => {
  const {pid, code} = await running()
  process.kill(pid, 'SIGTERM')
  expect(await code).toBe(143)
  expect(await state('x')).toBe('due')
})

test('exec stops the command with 10 when the claim is taken away', async () => {
  const {child, code} = await running('--check-every', '100ms')
  const thief = client(table.root)
  const change = await thief.planRelease('x', {claim: {podId: 'thief'}, intervalMs: 0, force: true})
  await change.apply(new AbortController().signal)
  expect(await code).toBe(10)
  expect(() => process.kill(-child, 0)).toThrow()
  expect(await client(table.root).get('x')).toMatchObject({holder: 'thief'})
})
