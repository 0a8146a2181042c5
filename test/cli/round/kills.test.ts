import {cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {run} from '../../helpers/cli.ts'
import {recordPath} from '../../../src/cli/round/record.ts'
import {fixture, key, openWorld} from './world.ts'

const signal = new AbortController().signal
let root: string
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'opsdeck-kills-'))
  // An older artifact, so that there is something to prune.
  mkdirSync(join(root, 'before', 'store'), {recursive: true})
  const world = await openWorld(join(root, 'before'))
  await world.round(['cp', '-r', fixture('append-log-rev5'), world.folder])
  await world.close()
})
afterAll(() => rmSync(root, {recursive: true}))

const exporting = (dir: string) => [
  'sh',
  '-c',
  `echo >> '${dir}/exports' && cp -r '${fixture('append-log-rev9')}' "$OPSDECK_ARTIFACT_DIR"`,
]
const killed = (dir: string, when: string, nth: number) => {
  cpSync(join(root, 'before', 'store'), join(dir, 'store'), {recursive: true, preserveTimestamps: true})
  return run(process.execPath, [
    join(import.meta.dirname, 'killed.ts'),
    dir,
    '{}',
    when,
    String(nth),
    ...exporting(dir),
  ])
}
const exportsOf = (dir: string) => readFileSync(join(dir, 'exports'), 'utf8').length

/** What must stand in the end, whenever the first run was killed. */
async function expectWhole(dir: string): Promise<void> {
  const world = await openWorld(dir)
  const {manifest, payload} = await world.artifacts.locate(key, signal)
  expect(manifest.cursor.rank).toBe(9n)
  expect(payload).toBeDefined()
  expect(await world.leases.get('routes', signal)).toMatchObject({
    state: 'live',
    record: {completedCursorHex: '0000000000000009'},
  })
  expect([existsSync(world.folder), existsSync(recordPath(world.folder))]).toEqual([false, false])
  expect(globSync(`${dir}/store/**/*.tar*`)).toHaveLength(1)
  await world.close()
}

/** What a whole round calls on its stores; counted by a run that is not killed. */
const calls = {before: 22, after: 5}
/** The look at the lease while the command runs: the killed round cannot know how that ended. */
const duringExport = 10

describe.each(['before', 'after'] as const)('kill -9 %s a call on a store', when => {
  it.each(Array.from({length: calls[when]}, (_, at) => at + 1))('call %i', async nth => {
    const dir = join(root, `${when}-${nth}`)
    expect((await killed(dir, when, nth)).code).toBe(137)
    const world = await openWorld(dir)
    const runAgain = () =>
      world.round(exporting(dir)).then(
        ({outcome}) => outcome.state,
        (error: {code: string}) => error.code,
      )
    // An export that outlived its round is waited for, not run beside.
    await expect.poll(runAgain, {timeout: 10_000, interval: 50}).toBe('done')
    await world.close()
    await expectWhole(dir)
    expect(exportsOf(dir)).toBe(when === 'before' && nth === duringExport ? 2 : 1)
  })

  it('an undisturbed round makes as many', async () => {
    const dir = join(root, `${when}-none`)
    expect((await killed(dir, when, 0)).stdout).toBe(String(calls[when]))
    await expectWhole(dir)
  })
})
