import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, it} from 'vitest'
import {binPath} from '../../helpers/cli.ts'
import {openTerminal, type Terminal} from './terminal.ts'

/* The terminal is as before when something in the dashboard breaks, and a dashboard without a terminal ends. */

const program = [process.execPath, join(import.meta.dirname, 'scene-program.ts')]
const asBefore = {otherScreen: false, cursor: true, wrap: true}
const ended = (lines: string[]) => lines.some(line => /^ended with \d+/.test(line))
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

let terminal: Terminal | undefined
afterEach(() => terminal?.close())

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'opsdeck-restored-'))
  writeFileSync(join(dir, 'config.yaml'), JSON.stringify({current: 'none', contexts: {none: {tael: {url: 'http://127.0.0.1:9'}}}}), {mode: 0o600})
})
afterAll(() => rmSync(dir, {recursive: true, force: true}))

/** A dashboard in which something throws from now on. */
async function breaking(fault: string): Promise<Terminal> {
  const says = join(dir, fault)
  terminal = await openTerminal(['overview', fault], {program, env: {SCENE_SAYS: says}})
  await terminal.until(lines => lines.some(line => line.includes('directive expired')), 'the scene is played')
  process.kill(terminal.pid(), 'SIGUSR2')
  // A busy process may take later keys before the signal.
  await terminal.until(() => existsSync(says), 'it has taken the signal')
  return terminal
}

describe('something that throws', () => {
  it.each([
    ['in the frame', 'render', '', 'ended by: the frame is broken'],
    ['in a key', 'key', ':context', 'ended by: the key is broken'],
    ['somewhere else in the process', 'elsewhere', '', 'Error: something else is broken'],
  ])('%s: the terminal is as before, and the reason stands on it', async (_, fault, typed, reason) => {
    const at = await breaking(fault)
    if (typed !== '') await at.keys(typed, 'Enter')
    await at.until(ended, 'it ended')
    expect(at.flags()).toEqual(asBefore)
    const lines = at.screen()
    expect(lines.some(line => line.includes(reason))).toBe(true)
    expect(lines.find(line => line.startsWith('ended with'))).not.toBe('ended with 0')
    await at.keys('echo $((40+2))', 'Enter')
    await at.until(after => after.includes('42'), 'the shell takes lines again')
  })

  it('in a source: it is told on the screen, which stays', async () => {
    const at = await breaking('source')
    await at.keys('C-r')
    await at.until(lines => /DOWN: .*tasks/.test(lines[0]!) && lines.some(line => line.includes('the source is broken')), 'it is told')
    expect(at.flags().otherScreen).toBe(true)
    await at.keys('q')
    await at.until(ended, 'it ended')
    expect(at.flags()).toEqual(asBefore)
  })
})

describe('a terminal that goes away', () => {
  it.each([
    ['with a hang-up', []],
    // In a session of its own nobody is told: reads end, and writes fail.
    ['without any signal', ['setsid', '--wait']],
  ])('%s: the process ends and leaves no child', async (_, before) => {
    const at = await openTerminal(['dash'], {
      program: [...before, process.execPath, binPath('ctl')],
      env: {OPSDECK_CONFIG: join(dir, 'config.yaml'), XDG_STATE_HOME: dir, XDG_CACHE_HOME: dir},
    })
    terminal = at
    await at.until(lines => lines.some(line => line.startsWith('SHARDS')), 'it runs')
    const pid = lastChild(at.pid())
    at.close()
    for (let waited = 0; waited < 10_000 && isAlive(pid); waited += 50) await new Promise(resolve => setTimeout(resolve, 50))
    expect(isAlive(pid)).toBe(false)
  })
})

/** The process itself, or the one that it only waits for. */
function lastChild(pid: number): number {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
  return child === undefined ? pid : lastChild(Number(child))
}
