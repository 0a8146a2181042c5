import {expect, test} from 'vitest'
import {addAtOnce, publishAtOnce} from './rounds.ts'
import {openRealWorld} from './worlds.ts'

test('two operators that add at the same moment through etcd both find theirs', async () => {
  const world = await openRealWorld('etcd')
  try {
    expect((await addAtOnce(world, 20)).replanned).toBeGreaterThan(0)
  } finally {
    await world.stop()
  }
})

test('through the admin endpoints the one whose set was lost is told', async () => {
  const world = await openRealWorld('admin')
  try {
    expect((await publishAtOnce(world, 10)).told).toBeGreaterThan(0)
  } finally {
    await world.stop()
  }
})
