import {expect, test} from 'vitest'
import {raceRounds} from './own-race.ts'
import {client, newTable} from './tables.ts'

test.each([
  ['one task', () => 'x'], ['a new task each round', (round: number) => `t${round}`],
])('6 processes, %s: one winner each round', async (_name, taskOf) => {
  const table = await newTable()
  try {
    expect(await raceRounds(table.root, 6, 10, taskOf)).toEqual(Array(10).fill(1))
    expect((await client(table.root).list()).tasks.every(each => each.rows === 1)).toBe(true)
  } finally {
    await table.remove()
  }
})
