import {spawnSync} from 'node:child_process'
import {EventEmitter} from 'node:events'
import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {runChild, type ChildOptions} from '../../src/cli/child.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsdeck-child-'))
})
afterAll(() => rm(folder, {recursive: true, force: true}))

const start = (argv: string[], more: Partial<ChildOptions> = {}) =>
  runChild(argv, {env: process.env, signals: new EventEmitter(), killAfterMs: 5_000, stdin: 'none', ...more})
const node = (script: string, ...words: string[]) => [process.execPath, '-e', script, ...words]

/** Waits until the program has written its file, and gives the text. */
async function written(file: string): Promise<string> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '')
    if (text.endsWith('\n')) return text.trim()
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

/** A zombie that nobody reaped yet runs no more. */
const alive = (pid: number) =>
  /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)]).stdout.toString().trim())

describe('a descriptor that the child writes to', () => {
  test.each([[3], [5]])('%i', async fd => {
    const child = start(node(`require('fs').writeSync(${fd}, '00ff\\n')`), {readFd: fd})
    expect([await child.exitCode, await child.written]).toEqual([0, '00ff\n'])
  })
  test('left open by a grandchild does not hold us up', async () => {
    const child = start(['sh', '-c', 'printf 42 >&3; sleep 30 & exit 0'], {readFd: 3})
    expect([await child.exitCode, await child.written]).toEqual([0, '42'])
    await child.stop('over')
  })
  test('not asked for gives nothing', async () => expect(await start(node('0')).written).toBe(''))
})

describe('exit codes', () => {
  test.each([
    ['its own', node('process.exit(37)'), 37],
    ['zero', node('0'), 0],
    ['killed by a signal', node('process.kill(process.pid, "SIGKILL")'), 137],
    ['not found', ['no-such-program-here'], 127],
    ['a folder is not executable', [tmpdir()], 126],
  ])('%s', async (_name, argv, code) => {
    expect(await start(argv).exitCode).toBe(code)
  })

  test('a failed start says why', async () => {
    expect((await start(['no-such-program-here']).failure)?.message).toBe('no-such-program-here: not found')
    expect(await start(node('0')).failure).toBeUndefined()
  })
})

test('arguments arrive untouched, in order, without a shell', async () => {
  const file = join(folder, 'argv')
  const words = ['a', 'b', 'a', '$HOME', '*', 'two words', '--flag', '']
  const script = 'require("fs").writeFileSync(process.argv[1], JSON.stringify(process.argv.slice(2)) + "\\n")'
  await start(node(script, '--', file, ...words)).exitCode
  expect(JSON.parse(await written(file))).toEqual(words)
})

test('the environment is the one given', async () => {
  expect(await start(node('process.exit(Number(process.env.CODE))'), {env: {...process.env, CODE: '9'}}).exitCode).toBe(
    9,
  )
})

test.each([
  'SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2',
] as const)('%s is handed on', async signal => {
  const file = join(folder, signal)
  const script = `process.on("${signal}", () => process.exit(42)); setInterval(() => 0, 1000)
    require("fs").writeFileSync(process.argv[1], "ready\\n")`
  const signals = new EventEmitter()
  const child = start(node(script, file), {signals})
  await written(file)
  signals.emit(signal, signal)
  expect(await child.exitCode).toBe(42)
  expect(signals.listenerCount(signal)).toBe(0)
})

describe('stop', () => {
  test('ends grandchildren too, and keeps the first reason', async () => {
    const file = join(folder, 'grandchild')
    const child = start(['sh', '-c', `sleep 60 & echo $! > ${file}; wait`])
    const grandchild = Number(await written(file))
    const stopping = child.stop('lost')
    void child.stop('again')
    await stopping
    expect(alive(grandchild)).toBe(false)
    expect(await child.exitCode).toBe(143)
    expect(child.stopReason).toBe('lost')
  })

  test('kills what ignores TERM, also when the leader has gone', async () => {
    const file = join(folder, 'stubborn')
    const child = start(
      ['sh', '-c', `(trap '' TERM; echo $(sh -c 'echo $PPID') > ${file}; while :; do sleep 1; done) & wait`],
      {killAfterMs: 200},
    )
    const stubborn = Number(await written(file))
    await child.stop('lost')
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(alive(stubborn)).toBe(false)
  })
})
