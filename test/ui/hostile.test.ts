import stringWidth from 'string-width'
import {describe, expect, it} from 'vitest'
import {hostileScene, hostileTexts} from './scene/hostile.ts'
import {openScenario, scenarios} from './scene/screens.ts'
import type {Stage} from './scene/stage.ts'

/* Every screen, prompt and confirmation with texts from servers that would break a terminal. */

const sizes = [[200, 50], [120, 30], [80, 24], [40, 12], [39, 5]] as const
const colours = /\u001b\[[0-9;]*m/g
/** Whatever moves, erases, reorders or hides: nothing of it may reach a terminal. */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/

function expectSafe(stage: Stage): void {
  for (const [columns, rows] of sizes) {
    for (const look of [{}, {colour: true}, {unicode: false}]) {
      const lines = stage.frame({columns, rows}, look)
      expect(lines.length).toBeLessThan(rows)
      for (const line of lines) {
        const bare = line.replace(colours, '')
        expect(bare).not.toMatch(unsafe)
        expect(stringWidth(bare), `${columns} columns: ${JSON.stringify(bare)}`).toBeLessThanOrEqual(columns)
        if ('unicode' in look) expect(bare).toMatch(/^[\x20-\x7e]*$/)
        // However many marks are piled up, each cell stays small.
        expect(bare.length).toBeLessThanOrEqual(columns * 16)
      }
    }
  }
}

describe.each(Object.entries(hostileTexts))('%s', (_, hostile) => {
  it.each(['named', 'whole'] as const)('%s: cannot break any screen', async mode => {
    for (const scenario of scenarios) {
      const stage = await openScenario({...scenario, change: hostileScene(hostile, mode)})
      expectSafe(stage)
    }
  })

  it('nor what is typed, filtered, said or asked', async () => {
    const change = hostileScene(hostile, 'named')
    const typed = [...hostile.slice(0, 300)]
    for (const keys of [
      [':', ...typed], [':', ...typed, 'tab'], [':', ...typed, 'enter'], ['6', '/', ...typed], ['6', '/', '!', ...typed, 'enter'],
      ['8', 'n', ...typed], ['6', 'ctrl-d', ...typed], ['6', 'ctrl-d', 'y'], ['6', 'c'], ['6', '!'], ['6', 'ctrl-s'],
      [':', 'c', 't', 'x', ' ', 'tab'], [':', 'c', 't', 'x', ' ', ...typed, 'enter'], [':', 'k', 'v', ' ', ...typed, 'enter'],
    ]) {
      const stage = await openScenario({name: 'typed', keys, change})
      expectSafe(stage)
    }
    const danger = await openScenario({name: 'typed', danger: true, keys: ['6', 'ctrl-d', ...typed, 'enter', ...typed], change})
    expectSafe(danger)
  })
})

it.each([['n', /^not done: /], ['y', /done$/]])('a message about a long name says after %s what came of it', async (key, said) => {
  for (const name of ['x'.repeat(10_000), '漢'.repeat(5_000)]) {
    const stage = await openScenario({name: 'long', keys: ['6', 'ctrl-d', key], change: hostileScene(name, 'named')})
    for (const [columns, rows] of sizes.slice(0, -1)) expect(stage.frame({columns, rows}).at(-1)).toMatch(said)
    expectSafe(stage)
  }
})

it('a question keeps its answer on the screen, however long the name is', async () => {
  const stage = await openScenario({name: 'long', keys: ['6', 'ctrl-d'], change: hostileScene('x'.repeat(10_000), 'named')})
  for (const [columns, rows] of sizes.slice(0, -1)) expect(stage.frame({columns, rows}).at(-1)).toMatch(/\? \[y\/N\]/)
})
