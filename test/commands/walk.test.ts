import {spawn} from 'node:child_process'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {readManifest} from '../../src/cli/manifest.ts'
import {binPath, cleanEnv, run} from '../helpers/cli.ts'
import {commandLines, startWorld, type CommandLine, type World} from '../helpers/command-lines.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.stop())

let runs = 0
const title = ({bin, words}: CommandLine) => [bin, ...words].join(' ')
const stack = /\n +at |node:internal|ERR_[A-Z]/
// eslint-disable-next-line no-control-regex
const painted = /\u001b\[/

test('every command of the manifests has a line', () => {
  const known = commandLines.map(({bin, words}) => [bin, ...words].join(' '))
  const missing = (['tael', 'ctl', 'snap'] as const).flatMap(bin =>
    Object.keys(readManifest(bin).commands).map(id => [bin, ...id.split(':')].join(' ')))
    .filter(command => !known.some(line => line === command || line.startsWith(`${command} `)))
  expect(missing).toEqual([])
})

/** Runs a line under a shell, so that its streams can be closed or lead to a full disk. */
function through(shell: string, line: CommandLine, env: Record<string, string | undefined>) {
  const words = world.words(line, (runs += 1))
  return run('sh', ['-c', `exec "$0" "$@" ${shell}`, process.execPath, binPath(line.bin), ...words], {
    env: {...world.env, ...env}, limitMs: 30_000,
  })
}

describe.each(commandLines.filter(line => !line.long).map(line => [title(line), line] as const))('%s', (_, line) => {
  test('without a home, a terminal, UTF-8 or colour', async () => {
    const homes = [undefined, '/proc', '/nonexistent/home']
    const ran = await through('', line, {
      HOME: homes[runs % homes.length], XDG_CONFIG_HOME: undefined, XDG_STATE_HOME: undefined,
      XDG_CACHE_HOME: undefined,
      LANG: 'C', TERM: 'dumb', COLUMNS: '20',
    })
    expect({code: ran.code, stderr: ran.stderr}).toMatchObject({code: line.exit})
    expect(ran.stdout + ran.stderr).not.toMatch(painted)
    expect(ran.stderr).not.toMatch(stack)
    if (line.exit !== 0 && line.exit !== 2) expect(ran.stderr).not.toBe('')
    expect(ran.stdout).not.toMatch(/[\u2500-\u257f\u2580-\u259f]/)
  })

  test('with its streams closed, or its output on a full disk', async () => {
    const plain = await through('', line, {})
    expect(plain.code).toBe(line.exit)
    const [closed, full] = await Promise.all([through('>&- 2>&-', line, {}), through('>/dev/full', line, {})])
    expect(closed.code).toBe(line.exit)
    expect(full.stderr).not.toMatch(stack)
    if (plain.stdout === '') expect(full.code).toBe(line.exit)
    else expect(full).toMatchObject({code: 1, stderr: expect.stringContaining('cannot write the output')})
  })
})

const signals = [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const
const held = commandLines.filter(line => line.long || line.remote)

test.each(held.map((line, at) => [...signals[at % signals.length]!, title(line), line] as const))(
  '%s ends with %i: %s', async (signal, code, _, line) => {
    const env = cleanEnv(line.remote ? world.frozenEnv : world.env)
    const child = spawn(process.execPath, [binPath(line.bin), ...world.words(line, (runs += 1))], {
      env, stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stderr = ''
    child.stderr.on('data', chunk => (stderr += String(chunk)))
    child.stdout.resume()
    const ended = new Promise<number | string>(
      resolve => child.once('close', (exit, by) => resolve(exit ?? by ?? 'nothing')),
    )
    await new Promise(resolve => setTimeout(resolve, 400))
    const isOver = child.exitCode !== null
    child.kill(signal)
    const guard = setTimeout(() => child.kill('SIGKILL'), 10_000)
    const end = await ended
    clearTimeout(guard)
    expect(stderr).not.toMatch(stack)
    // Being ended by the signal itself is what a shell shows as 128 + n too.
    if (!isOver) expect([code, signal]).toContain(end)
    else expect([2, 3, 4, 9, line.exit]).toContain(end)
  })
