import {describe, expect, it} from 'vitest'
import {keyNames} from '../../src/ui/ink-app.ts'
import {read} from '../../src/ui/world.ts'
import {task, tasks} from './samples.ts'
import {now, trial} from './trial.ts'

describe('marks', () => {
  it('stand beside their rows, and each mark goes on to the next row', async () => {
    const {keys, text} = trial()
    await keys('6', ' ', ' ')
    expect(text()).toContain('TASKS  3  2 marked')
    expect(text()).toMatch(/^ \*t-1.*\n \*t-2.*\n> t-3/m)
    await keys('up', ' ')
    expect(text()).toContain('TASKS  3  1 marked')
    await keys('ctrl-\\')
    expect(text()).toMatch(/TASKS  3 +0s\n/)
  })

  it('say what is copied and saved; without any it is the row and all rows', async () => {
    const {keys, copied, saved, text} = trial()
    await keys('6', 'down', 'c', 'ctrl-s')
    await keys(' ', ' ', 'c', 'ctrl-s')
    expect(copied).toEqual(['t-2', 't-2\nt-3'])
    expect(saved.map(each => each.match(/"task": "(t-\d)"/g))).toEqual([
      ['"task": "t-1"', '"task": "t-2"', '"task": "t-3"'], ['"task": "t-2"', '"task": "t-3"'],
    ])
    expect(text()).toContain('saved /saved (2 of 3)')
  })

  it('stay on their rows whatever is sorted, filtered or gone', async () => {
    const {keys, text, update, copied} = trial()
    await keys('6', ' ')
    update(world => read(world, 'tasks', tasks(['a-0', 't-1', 't-3'].map(name => task({task: name}))), now()))
    await keys('s', 'S')
    expect(text()).toMatch(/^[ >]\*t-1/m)
    await keys('/', 't', '-', '3', 'enter', 'c')
    expect(text()).not.toContain('marked')
    expect(copied).toEqual(['t-3'])
  })

  it('do not widen what an action is about: it is the row under the cursor', async () => {
    const {keys, requests} = trial()
    await keys('6', ' ', ' ', 'ctrl-d')
    expect(requests).toMatchObject([{task: 't-3'}])
  })

  it('leave the space a character where one types', async () => {
    const {keys, text} = trial()
    await keys('6', '/', 't', ' ', 'x')
    expect(text()).toContain('/t x')
  })

  it('are taken away by the byte that terminals send for ctrl-\\', () => expect(keyNames('\u001c', {})).toEqual(['ctrl-\\']))
})
