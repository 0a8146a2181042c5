import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {binPath, run} from '../helpers/cli.ts'
import {createBucket} from '../peers/nats/bucket.ts'
import {startNats} from '../peers/nats/start.ts'
import {pair, type Ratio} from './measure.ts'

/** Whole `ctl lease` runs on a real server and on SQLite, beside a command that asks nobody. */
export async function ratios(): Promise<Ratio[]> {
  const node = process.execPath
  const folder = mkdtempSync(join(tmpdir(), 'opsdeck-bench-lease-'))
  const peer = await startNats()
  try {
    await createBucket({servers: peer.url})
    const ctl = (...words: string[]) => [node, binPath('ctl'), ...words] as const
    const nats = {NATS_URL: peer.url, OPSDECK_LEASES_BUCKET: 'leases', XDG_STATE_HOME: folder}
    const sqlite = {OPSDECK_LEASES_URL: `sqlite:${join(folder, 'leases.db')}`, XDG_STATE_HOME: folder}
    for (const env of [nats, sqlite]) await run(node, ctl('lease', 'acquire', 'orders', '--ttl', '1h').slice(1), {env})
    const idle = ctl('context', 'list')
    return [
      pair('ctl lease get (NATS) / ctl context list', ctl('lease', 'get', 'orders'), idle, 1.7, {env: nats}),
      pair('ctl lease get (SQLite) / ctl context list', ctl('lease', 'get', 'orders'), idle, 1.7, {env: sqlite}),
      pair('ctl lease list (NATS) / ctl context list', ctl('lease', 'list'), idle, 1.7, {env: nats}),
    ]
  } finally {
    await peer.stop()
    rmSync(folder, {recursive: true})
  }
}
