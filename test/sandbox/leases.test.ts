import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {seedLeases} from '../../src/sandbox/leases.ts'
import {runBin} from '../helpers/cli.ts'

test('the sandbox holds a lease of each kind, one of them stuck', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'opsdeck-sandbox-leases-'))
  try {
    const env = {OPSDECK_LEASES_URL: await seedLeases(dir, Date.now())}
    const {items} = JSON.parse(
      (await runBin('ctl', ['lease', 'list', '-o', 'json'], {env})).stdout,
    ) as {items: {key: string; state: string; stuck: boolean | null}[]}
    expect(items.map(({key, state, stuck}) => [key, state, stuck])).toEqual([
      ['billing', 'expired', null], ['orders', 'completed', null], ['quotas', 'free', null], ['routes', 'held', true],
      ['tenants', 'held', false],
    ])
    const {stdout} = await runBin('ctl', ['lease', 'list'], {env})
    expect(stdout).toMatch(/routes .*stuck\? no completion for 45m.*, usually 1m35s/)
    const history = JSON.parse(
      (await runBin('ctl', ['lease', 'history', 'orders', '-o', 'json'], {env})).stdout,
    ) as {items: {action: string}[]}
    expect(history.items.map(each => each.action)).toEqual(Array(5).fill(['acquired', 'completed']).flat())
  } finally {
    await rm(dir, {recursive: true})
  }
})
