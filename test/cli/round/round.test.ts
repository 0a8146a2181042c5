import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {UnreachableError} from '../../../src/clients/net/errors.ts'
import {recordPath} from '../../../src/cli/round/record.ts'
import {stepOf} from '../../../src/cli/round/report.ts'
import {QuietExit} from '../../../src/cli/report.ts'
import {fixture, key, openWorld, type RoundWorld} from './world.ts'

const signal = new AbortController().signal
let dir: string
let world: RoundWorld
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'opsdeck-round-'))
  mkdirSync(join(dir, 'store'))
  world = await openWorld(dir)
})
afterEach(async () => {
  await world.close()
  rmSync(dir, {recursive: true})
})

const exports = (name = 'append-log-rev9', after = 'true') => [
  'sh',
  '-c',
  `cp -r '${fixture(name)}' "$OPSDECK_ARTIFACT_DIR" && ${after}`,
]
const lease = () => world.leases.get('routes', signal)
const rank = () =>
  world.artifacts.locate(key, signal).then(
    found => found.manifest.cursor.rank,
    () => undefined,
  )

/** Somebody else takes the lease, as after its expiry. */
async function takeOver(): Promise<void> {
  const {revision} = await lease()
  const other = {holder_id: 'other', acquired_at_unix: 1, expires_at_unix: 9_999_999_999}
  await world.leases.store.write('routes', Buffer.from(JSON.stringify(other)), revision, signal)
}

describe('a whole round', () => {
  it('publishes, completes with the cursor, prunes and leaves nothing behind', async () => {
    await world.round(exports('append-log-rev5'), {lease: 'earlier'})
    const {outcome, report} = await world.round(exports())
    expect(outcome.state).toBe('done')
    expect(report).toMatchObject({
      outcome: 'published',
      rank: 9n,
      cursorHex: '0000000000000009',
      resumedAt: null,
      abandoned: false,
    })
    expect(report.steps.map(each => each.outcome)).toEqual(Array(6).fill('done'))
    expect(stepOf(report, 'prune').detail).toBe('1 removed')
    expect(await lease()).toMatchObject({state: 'live', record: {completedCursorHex: '0000000000000009'}})
    expect([existsSync(world.folder), existsSync(recordPath(world.folder))]).toEqual([false, false])
  })

  it('behind a newer artifact is superseded, and still completes', async () => {
    await world.round(exports(), {lease: 'earlier'})
    const {report} = await world.round(exports('append-log-rev5'))
    expect(report).toMatchObject({outcome: 'superseded', rank: 5n})
    expect([await rank(), await lease()]).toMatchObject([9n, {record: {completedCursorHex: '0000000000000005'}}])
  })

  it('keeps the folder when asked to', async () => {
    const {report} = await world.round(exports(), {keep: true})
    expect([
      stepOf(report, 'delete').outcome,
      existsSync(join(world.folder, 'MANIFEST.json')),
      existsSync(recordPath(world.folder)),
    ]).toEqual(['skipped', true, false])
  })

  it('is refused while somebody holds the lease, its own host included', async () => {
    await world.round(exports())
    await expect(world.round(['touch', join(dir, 'ran')])).rejects.toMatchObject({code: 'LEASE_HELD', exit: 7})
    expect(existsSync(join(dir, 'ran'))).toBe(false)
  })

  it('is refused where a folder stands that is not its own', async () => {
    mkdirSync(world.folder)
    writeFileSync(join(world.folder, 'thesis.txt'), 'x')
    await expect(world.round(exports())).rejects.toMatchObject({code: 'FOLDER_IN_USE', exit: 3})
    expect(readFileSync(join(world.folder, 'thesis.txt'), 'utf8')).toBe('x')
  })
})

describe('a failing round gives the lease back', () => {
  const spoil = 'printf x >> "$OPSDECK_ARTIFACT_DIR/data/fold.snap"'
  const flip = 'printf x | dd conv=notrunc bs=1 seek=20 of="$OPSDECK_ARTIFACT_DIR/data/fold.snap" 2>/dev/null'
  it.each([
    ['the command fails', ['sh', '-c', 'exit 7'], 'export', 7],
    ['the command is killed', ['sh', '-c', 'kill -9 $$'], 'export', 137],
    ['there is no such command', ['/no/such/command'], 'export', 127],
    ['the command may not be run', ['/etc/passwd'], 'export', 126],
    ['the command wrote nothing', ['true'], 'push', 1],
    ['a file is longer than it says', exports('append-log-rev9', spoil), 'push', 11],
    ['a byte is not what it was', exports('append-log-rev9', flip), 'push', 11],
  ] as const)('%s', async (_, command, step, exit) => {
    const {outcome, report} = await world.round(command)
    expect(outcome).toMatchObject({state: 'not-done', error: {exit}})
    expect(report).toMatchObject({outcome: 'failed', abandoned: true})
    expect(stepOf(report, step).outcome).toBe('failed')
    expect([await lease(), await rank()]).toMatchObject([{state: 'absent'}, undefined])
    expect((await world.round(exports())).report).toMatchObject({outcome: 'published', resumedAt: null})
  })

  it('when it is stopped', async () => {
    const stop = new AbortController()
    const running = world.round(['sh', '-c', `touch ${dir}/began; exec sleep 30`], {}, stop.signal)
    await expect.poll(() => existsSync(join(dir, 'began'))).toBe(true)
    stop.abort(new QuietExit(130))
    process.emit('SIGINT', 'SIGINT')
    expect((await running).outcome).toMatchObject({state: 'not-done', error: {exit: 130}})
    expect((await lease()).state).toBe('absent')
  })

  it('but not when it was stopped as the artifact came out', async () => {
    const stop = new AbortController()
    const {swap} = world.artifacts.store
    world.artifacts.store.swap = async (...words) => {
      await swap.call(world.artifacts.store, ...words)
      stop.abort(new QuietExit(130))
      throw stop.signal.reason
    }
    const {report} = await world.round(exports(), {}, stop.signal)
    expect(report).toMatchObject({outcome: 'published', rank: 9n, abandoned: false})
    expect(await lease()).toMatchObject({record: {completedCursorHex: '0000000000000009'}})
  })

  it('and when it cannot, the next run goes on under it', async () => {
    const {write} = world.leases.store
    world.leases.store.write = (name, value, ...rest) =>
      value.length === 0
        ? Promise.reject(new UnreachableError('cut off'))
        : write.call(world.leases.store, name, value, ...rest)
    expect((await world.round(['false'])).report).toMatchObject({outcome: 'failed', abandoned: false})
    expect(world.said.join()).toContain('the lease was not given back')
    expect((await world.round(exports())).report).toMatchObject({outcome: 'published', resumedAt: 'export'})
  })
})

describe('a lost lease', () => {
  it('stops the export, and nothing is published', async () => {
    const running = world.round(exports('append-log-rev9', `touch ${dir}/began; sleep 30`), {checkEveryMs: 50})
    await expect.poll(() => existsSync(join(dir, 'began'))).toBe(true)
    await takeOver()
    const {outcome, report} = await running
    expect(outcome).toMatchObject({state: 'not-done', error: {code: 'LEASE_LOST', exit: 10}})
    expect([report.abandoned, await rank(), await lease()]).toMatchObject([
      false,
      undefined,
      {record: {holderId: 'other'}},
    ])
  })

  it('that is only seen after the export keeps the artifact from being published', async () => {
    const running = world.round(
      exports('append-log-rev9', `touch ${dir}/began; while [ ! -e ${dir}/go ]; do sleep 0.02; done`),
    )
    await expect.poll(() => existsSync(join(dir, 'began'))).toBe(true)
    await takeOver()
    writeFileSync(join(dir, 'go'), '')
    expect((await running).outcome).toMatchObject({state: 'not-done', error: {code: 'LEASE_LOST', exit: 10}})
    expect(await rank()).toBe(undefined)
  })

  it('stops the export before the expiry', async () => {
    // Whole seconds: of a lease of one second nothing may be left when the export begins.
    const {outcome} = await world.round(['sleep', '30'], {ttlS: 3n})
    expect(outcome).toMatchObject({
      state: 'not-done',
      error: {code: 'LEASE_LOST', message: expect.stringContaining('about to expire')},
    })
    expect(await lease()).toMatchObject({state: 'absent'})
  })

  it('after the push says so, and the round cleans up', async () => {
    const {swap} = world.artifacts.store
    world.artifacts.store.swap = async (...words) => {
      const written = await swap.call(world.artifacts.store, ...words)
      await takeOver()
      return written
    }
    const {report} = await world.round(exports())
    expect(report).toMatchObject({outcome: 'overrun', rank: 9n})
    expect([await rank(), await lease(), existsSync(world.folder)]).toMatchObject([
      9n,
      {record: {holderId: 'other'}},
      false,
    ])
  })
})

describe('a lost answer', () => {
  const cut = (isIt: (value: string) => boolean, arrives: boolean) => {
    const {write} = world.leases.store
    world.leases.store.write = async (name, value, ...rest) => {
      const text = Buffer.from(value).toString()
      if (arrives || !isIt(text)) await write.call(world.leases.store, name, value, ...rest)
      if (!isIt(text)) return (await world.leases.get(name, signal)).revision
      world.leases.store.write = write
      throw new UnreachableError('no answer')
    }
  }
  const takes = (text: string) => text !== '' && !text.includes('completed')
  const completes = (text: string) => text.includes('completed')

  it.each([
    ['taking the lease', takes],
    ['completing it', completes],
  ])('of %s is read back', async (_, isIt) => {
    cut(isIt, true)
    expect((await world.round(exports())).outcome.state).toBe('done')
  })

  it.each([
    ['taking the lease', takes, 'acquire', null],
    ['completing it', completes, 'complete', 'complete'],
  ] as const)('of %s that did not arrive is unknown; the next run finds out', async (_, isIt, step, resumedAt) => {
    cut(isIt, false)
    const {outcome, report} = await world.round(exports())
    expect([outcome.state, report.outcome, stepOf(report, step).outcome]).toEqual(['unknown', 'unknown', 'unknown'])
    expect((await world.round(exports())).report).toMatchObject({outcome: 'published', resumedAt})
  })
})

it('of eight at once with one lease, one exports', async () => {
  const rounds = Array.from({length: 8}, (_, at) =>
    world
      .round(['sh', '-c', `echo >> ${dir}/exports; cp -r '${fixture('append-log-rev9')}' "$OPSDECK_ARTIFACT_DIR"`], {
        folder: join(dir, `export-${at}`),
      })
      .then(
        ({outcome}) => (outcome.state === 'done' ? 'done' : outcome.error.code),
        (error: {code: string}) => error.code,
      ),
  )
  const ends = await Promise.all(rounds)
  expect(ends.filter(end => end === 'done')).toHaveLength(1)
  expect(ends.filter(end => end !== 'done').every(end => end === 'LEASE_HELD' || end === 'WRONG_REVISION')).toBe(true)
  expect(readFileSync(join(dir, 'exports'), 'utf8')).toBe('\n')
})
