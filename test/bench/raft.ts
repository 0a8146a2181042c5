import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {systemClock} from '../../src/clients/net/deadline.ts'
import {RaftClient} from '../../src/clients/raft/client.ts'
import {binPath} from '../helpers/cli.ts'
import {startCluster} from '../peers/d-engine/start.ts'
import {pair, type Ratio} from './measure.ts'

/** Asking a real cluster of three who leads, whole processes, against a command of ours that needs no network. */
export async function ratios(): Promise<Ratio[]> {
  const cluster = await startCluster()
  const home = await mkdtemp(join(tmpdir(), 'opsdeck-bench-raft-'))
  try {
    const {endpoints} = cluster
    const client = await RaftClient.open({endpoints, timeoutMs: 1_000, monotonicMs: systemClock.monotonicMs})
    await client.waitFor({kind: 'leader'}, 250, systemClock, AbortSignal.timeout(60_000))
    client.close()
    const config = join(home, 'config.yaml')
    await writeFile(config, JSON.stringify({current: 'x', contexts: {x: {raft: {endpoints}}}}), {mode: 0o600})
    const ctl = (...words: string[]) => [process.execPath, binPath('ctl'), ...words] as const
    const env = {OPSDECK_CONFIG: config}
    return [
      pair('ctl raft leader against ctl context list', ctl('raft', 'leader'), ctl('context', 'list'), 1.7, {env}),
      pair('ctl raft status against ctl context list', ctl('raft', 'status'), ctl('context', 'list'), 2, {env}),
    ]
  } finally {
    await cluster.dispose()
    await rm(home, {recursive: true, force: true})
  }
}
