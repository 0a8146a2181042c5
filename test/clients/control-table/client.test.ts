import {readdir, rename, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {localStore} from '../../../src/clients/control-table/local-store.ts'
import {onlyTask} from '../../../src/clients/control-table/stats.ts'
import {Table} from '../../../src/clients/control-table/table.ts'
import {claim, client, newTable, release} from './tables.ts'

let table: Awaited<ReturnType<typeof newTable>>
beforeEach(async () => {
  table = await newTable()
})
afterEach(() => table.remove())

const signal = new AbortController().signal

test('claim, look, release, claim again', async () => {
  const tasks = client(table.root)
  const first = await claim(tasks, 'nightly')
  expect(first).toMatchObject({
    record: {task: 'nightly', state: 'processing', holder: 'me'}, guard: 'fence and look-again',
  })
  await expect(claim(client(table.root), 'nightly', 'you')).rejects.toMatchObject({
    code: 'HELD', exit: 7, details: {holder: 'me', since: first.record.claimedAt, until: first.record.staleAt},
  })
  await release(tasks, 'nightly', 3_600_000)
  await expect(claim(tasks, 'nightly')).rejects.toMatchObject({code: 'NOT_DUE', exit: 7})
  expect(await client(table.root).get('nightly')).toMatchObject({state: 'idle', holder: 'me'})
})

test('each update is exactly one version', async () => {
  const tasks = client(table.root, {fence: false})
  const versions = [await claim(tasks, 'a'), await release(tasks, 'a'), await claim(tasks, 'a')].map(
    each => each.version,
  )
  expect(versions).toEqual([1, 2, 3])
})

test('a first claim rewrites the fence in the same commit', async () => {
  const tasks = client(table.root)
  await claim(tasks, 'a')
  const [fence] = (await tasks.list()).tasks.filter(each => each.state === 'fence')
  expect((await claim(tasks, 'b')).guard).toBe('fence')
  const [rewritten] = (await tasks.list()).tasks.filter(each => each.state === 'fence')
  expect(rewritten!.version).toBe(fence!.version! + 1)
  await expect(claim(tasks, 'ctl_fence')).rejects.toMatchObject({code: 'FENCE'})
})

test('release and fail ask who holds it, unless forced', async () => {
  const tasks = client(table.root)
  const {record} = await claim(tasks, 'a')
  await expect(release(tasks, 'a', 0, 'you')).rejects.toMatchObject({
    code: 'NOT_HOLDER', exit: 7, details: {holder: 'me'},
  })
  await expect(release(tasks, 'nothing')).rejects.toMatchObject({exit: 2})
  const forced = await tasks.planFail('a', {claim: {podId: 'you'}, force: true})
  expect(forced.destructive).toBe(true)
  expect(await forced.apply(signal)).toMatchObject({
    state: 'done', result: {record: {state: 'due', nextRunAt: record.nextRunAt}},
  })
})

test('a claim that was taken over is not ours to extend or release', async () => {
  const mine = client(table.root, {nowUs: () => 1_000_000n})
  await claim(mine, 'a')
  await claim(client(table.root, {nowUs: () => 1_801_000_000n}), 'a')
  const ours = {podId: 'me', claimedAtUs: 1_000_000n}
  await expect(mine.planExtend('a', ours)).rejects.toMatchObject({code: 'NOT_HOLDER'})
  const extended = await mine.planExtend('a', {podId: 'me', claimedAtUs: 1_801_000_000n})
  expect(await extended.apply(signal)).toMatchObject({
    state: 'done', result: {record: {claimedAt: '1970-01-01T00:00:01.000000Z'}},
  })
})

test('a table that is removed, or made anew, under a client that goes on looking', async () => {
  const [looking, writing] = [client(table.root), client(table.root)]
  await claim(writing, 'old')
  expect((await looking.list()).tasks.map(each => each.task)).toContain('old')
  const other = await newTable()
  await claim(client(other.root), 'new')
  await rename(table.root, `${table.root}.away`)
  await expect(looking.list()).rejects.toMatchObject({code: 'NO_TABLE'})
  await expect(looking.get('old')).rejects.toMatchObject({code: 'NO_TABLE'})
  await rename(`${table.root}.away`, table.root)
  expect((await looking.list()).tasks.map(each => each.task)).toContain('old')
  await rm(table.root, {recursive: true})
  await rename(other.root, table.root)
  expect((await looking.list()).tasks.map(each => each.task)).toEqual(expect.arrayContaining(['new']))
  expect((await looking.list()).tasks.map(each => each.task)).not.toContain('old')
  await other.remove()
})

test('a plan writes nothing, and says what it would', async () => {
  const tasks = client(table.root)
  const before = await readdir(join(table.root, '_delta_log'))
  const change = await tasks.planClaim('a', {holder: 'me'})
  expect(await readdir(join(table.root, '_delta_log'))).toEqual(before)
  expect(await readdir(table.root)).toEqual(['_delta_log'])
  expect(change).toMatchObject({before: undefined, after: {task: 'a', status: 'processing'}, ifVersion: 0})
  expect(change.request).toContain('"operator":"tester","reason":"a test"')
})

test('--if-version holds while the row is the same, whatever other tasks do', async () => {
  const tasks = client(table.root)
  await claim(tasks, 'a')
  const {version} = await release(tasks, 'a')
  await claim(tasks, 'b')
  await expect(tasks.planClaim('a', {holder: 'me', ifVersion: version - 1})).rejects.toMatchObject({
    code: 'VERSION_MOVED', exit: 7,
  })
  expect(await tasks.planClaim('a', {holder: 'me', ifVersion: version})).toMatchObject({action: 'claim'})
})

test('a plan that was overtaken decides anew', async () => {
  const [mine, yours] = [client(table.root), client(table.root)]
  await claim(mine, 'a')
  await release(mine, 'a')
  const plan = await mine.planClaim('a', {holder: 'me'})
  await claim(yours, 'a', 'you')
  await expect(plan.apply(signal)).rejects.toMatchObject({code: 'HELD', details: {holder: 'you'}})
  const other = await mine.planClaim('b', {holder: 'me'})
  await claim(yours, 'c', 'you')
  expect(await other.apply(signal)).toMatchObject({state: 'done'})
})

test('history tells who held it when, and why', async () => {
  const tasks = client(table.root)
  await claim(tasks, 'a')
  await release(tasks, 'a')
  await claim(tasks, 'a')
  expect(
    (await tasks.history('a')).map(({action, holder, operator, reason}) => [action, holder, operator, reason]),
  ).toEqual([
    ['claimed', 'me', 'tester', 'a test'], ['released', 'me', 'tester', 'a test'],
    ['claimed', 'me', 'tester', 'a test'],
  ])
})

describe('checkpoints', () => {
  test('every fifth version has one, and it alone gives the same table', async () => {
    const tasks = client(table.root, {fence: false})
    for (let round = 0; round < 5; round += 1) {
      await claim(tasks, `task_${round}`)
      await release(tasks, `task_${round}`)
    }
    const log = join(table.root, '_delta_log')
    const names = await readdir(log)
    expect(names.filter(name => name.includes('checkpoint.parquet')).sort()).toEqual(
      [4, 9].map(version => `${String(version).padStart(20, '0')}.checkpoint.parquet`))
    const whole = await client(table.root).list({version: 9})
    for (const name of names.filter(each => /^\d{20}\.json$/.test(each) && Number(each.slice(0, 20)) < 10)) {
      await rm(join(log, name))
    }
    const fresh = await new Table(localStore(table.root)).at({version: 9})
    expect([...fresh.files.values()].map(file => onlyTask(file.stats)).sort()).toEqual(
      [0, 1, 2, 3, 4].map(n => `task_${n}`),
    )
    const again = (await client(table.root).list({version: 9})).tasks
    expect(again.map(each => ({...each, version: null}))).toEqual(whole.tasks.map(each => ({...each, version: null})))
    expect(await claim(client(table.root), 'task_1')).toMatchObject({version: 11})
  })
})
