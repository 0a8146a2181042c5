import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterEach, describe, expect, it} from 'vitest'
import {hostileScene, hostileTexts} from '../../ui/scene/hostile.ts'
import {openScenario, scenarios, section, views} from '../../ui/scene/screens.ts'
import {partsOf} from '../../ui/scene/svg.ts'
import {openTerminal, type Terminal} from './terminal.ts'

/* Every screen, reached by its keys in a real terminal, resized while it runs, against the stored ones. */

const root = join(import.meta.dirname, '../../..')
const program = [process.execPath, join(import.meta.dirname, 'scene-program.ts')]
const storedAt = (name: string, view: string) => section(readFileSync(join(root, `test/ui/screens/${name}.txt`), 'utf8'), view)
const textOf = (lines: string[]) => lines.map(line => line.trimEnd()).join('\n').trimEnd()
const names: Record<string, string> = {enter: 'Enter', tab: 'Tab', down: 'Down', up: 'Up', esc: 'Escape'}
const tmuxName = (key: string) => names[key] ?? key.replace(/^ctrl-/, 'C-')
/** Words are typed at once, as quick fingers do; the other keys one after another. */
const typed = (keys: readonly string[]) => keys.reduce<string[]>((out, key) => {
  const isWord = key.length === 1 && out.length > 0 && !Object.values(names).includes(out.at(-1)!) && !out.at(-1)!.startsWith('C-')
  return isWord ? [...out.slice(0, -1), out.at(-1)! + key] : [...out, tmuxName(key)]
}, [])
const plain = views.filter(({look}) => look.colour === undefined && look.unicode === undefined)

let terminal: Terminal | undefined
afterEach(() => terminal?.close())

async function open(name: string, keys: readonly string[], {columns, rows}: {columns: number; rows: number}, env = {}): Promise<Terminal> {
  terminal = await openTerminal([name], {columns, rows, program, env})
  await terminal.until(lines => lines.some(line => line.includes('directive expired')), 'the scene is played')
  await terminal.keys(...typed(keys))
  return terminal
}

it.each(scenarios)('$name', async ({name, keys}) => {
  const at = await open(name, keys, plain[0]!)
  for (const {name: view, columns, rows} of [...plain, plain[0]!]) {
    at.resize(columns, rows)
    const wanted = storedAt(name, view)
    await at.until(lines => textOf(lines) === wanted, `${name} at ${view}:\n${wanted}\n--- but`, 10_000)
  }
})

it('in ASCII, with nothing else on the terminal', async () => {
  const at = await open('overview', [], {columns: 80, rows: 24}, {SCENE_ASCII: '1'})
  await at.until(lines => textOf(lines) === storedAt('overview', '80x24 in ASCII'), 'it is the stored one', 10_000)
})

describe.each(Object.keys(hostileTexts))('servers that send %s', hostile => {
  it('move nothing on a terminal: each title stands where it stood, and nothing is left over', async () => {
    const [columns, rows] = [80, 24]
    const stage = await openScenario({...scenarios[0]!, change: hostileScene(hostileTexts[hostile]!, 'named')})
    const titles = (lines: readonly string[]) => lines.map(line => /^(?:[A-Z]{4,}|\? keys)\b/.exec(line)?.[0] ?? '')
    const wanted = titles(stage.frame({columns, rows}))
    expect(wanted.filter(Boolean)).toHaveLength(9)
    const at = await open('overview', [], {columns, rows}, {SCENE_HOSTILE: hostile})
    await at.until(lines => String(titles(lines.slice(0, rows - 1))) === String(wanted), 'the titles are there', 10_000)
    expect(at.screen()[rows - 1]).toBe('')
    for (const screen of ['traces', 'logs', 'events', 'tasks']) {
      await at.keys(`:${screen}`, 'Enter')
      await at.until(lines => lines[1]!.startsWith(screen.toUpperCase()) && lines[rows - 2]!.includes('? keys') && lines[rows - 1] === '', screen, 10_000)
    }
    await at.keys('C-d')
    await at.until(lines => /\[y\/N\]/.test(lines[rows - 2]!) && lines[rows - 1] === '', 'it asks', 10_000)
    await at.keys('Escape')
    await at.until(lines => lines[rows - 2]!.includes('not done'), 'it is not done', 10_000)
    await at.keys('q')
    await at.until(lines => lines.some(line => line === 'ended with 0'), 'it ends')
    expect(at.flags()).toEqual({otherScreen: false, cursor: true, wrap: true})
  })
})

/** Each cell with its look, blanks at the ends left out. */
function cells(lines: readonly string[]): string[] {
  let carried = ''
  return lines.map(line => {
    // A terminal's own account of its cells leaves a colour on until it is changed, also over the end of a line.
    const whole = carried + line
    carried = [...whole.matchAll(/\u001b\[[0-9;]*m/g)].map(([code]) => code).join('')
    return partsOf(whole).flatMap(({text, style: {colour, background, bold, dim, inverse}}) =>
      [...text].map(char => `${char}${[colour ?? '', background ?? '', bold ? 'b' : '', dim ? 'd' : '', inverse ? 'i' : ''].join()}`)).join(' ').replace(/( {2},,,,)+$/, '')
  })
}

it('in 16 colours, cell by cell', async () => {
  const at = await open('overview', [], {columns: 80, rows: 24}, {SCENE_COLOUR: '1'})
  await at.until(lines => textOf(lines) === storedAt('overview', '80x24'), 'it is the stored one', 10_000)
  const wanted = storedAt('overview', '80x24 in 16 colours').replaceAll('␛', '\u001b').split('\n')
  expect(cells(at.painted()).slice(0, wanted.length)).toEqual(cells(wanted))
})
