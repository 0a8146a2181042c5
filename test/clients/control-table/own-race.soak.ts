import {expect, test} from 'vitest'
import {raceRounds} from './own-race.ts'
import {newTable} from './tables.ts'

test.each([
  ['one task', () => 'x'], ['a new task each round', (round: number) => `t${round}`],
])('16 processes, %s, 200 rounds', async (_name, taskOf) => {
  const table = await newTable()
  try {
    expect(await raceRounds(table.root, 16, 200, taskOf)).toEqual(Array(200).fill(1))
  } finally {
    await table.remove()
  }
})
