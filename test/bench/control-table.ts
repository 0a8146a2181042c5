import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {statsOf} from '../../src/clients/control-table/stats.ts'
import {commitPath} from '../../src/clients/control-table/store.ts'
import {claim, client, newTable, release, row} from '../clients/control-table/tables.ts'
import {binPath, run} from '../helpers/cli.ts'
import {python} from '../peers/scouter/python.ts'
import type {Ratio} from './measure.ts'

const rounds = 9
const commits = 10_000

/** A warm client beside Python deltalake, whole commands beside bare Node, and long logs beside their limits. */
export async function ratios(): Promise<Ratio[]> {
  return [await warmClaim(), await wholeClaim(), ...(await lists())]
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

const result = (name: string, oursMs: number, theirsMs: number, target: number): Ratio =>
  ({name, oursMs, theirsMs, ratio: oursMs / theirsMs, target})

/** Claim and release in turns; Python does what the engine does, DELETE and append. */
async function warmClaim(): Promise<Ratio> {
  const [ours, theirs] = [await newTable(), await newTable()]
  try {
    const tasks = client(ours.root)
    await claim(tasks, 'x')
    await release(tasks, 'x')
    const times: number[] = []
    for (let round = 0; round < 50; round += 1) {
      times.push(await timed(() => claim(tasks, 'x')))
      await release(tasks, 'x')
    }
    const other = client(theirs.root, {fence: false})
    await claim(other, 'x')
    await release(other, 'x')
    return result('warm claim, local disk / Python deltalake', median(times), Number(await python(pythonScript, theirs.root)), 0.2)
  } finally {
    await Promise.all([ours.remove(), theirs.remove()])
  }
}

const pythonScript = `
import sys, time, statistics
from deltalake import DeltaTable, QueryBuilder, write_deltalake
table = DeltaTable(sys.argv[1])
query = lambda: QueryBuilder().register('t', table).execute("select * from t where task_name = 'x'").read_all()
times = []
for n in range(50):
    began = time.perf_counter()
    table.update_incremental()
    rows = query()
    table.delete("task_name = 'x'")
    write_deltalake(table, rows, mode='append')
    times.append((time.perf_counter() - began) * 1000)
print(statistics.median(times))
`

const quiet = (uri: string, home: string) => ({
  SCOUTER_STORAGE_URI: uri, XDG_STATE_HOME: home, XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home,
})

async function wholeClaim(): Promise<Ratio> {
  const table = await newTable()
  const home = await mkdtemp(join(tmpdir(), 'opsdeck-bench-'))
  try {
    const env = quiet(table.uri, home)
    const [ours, theirs]: number[][] = [[], []]
    await claim(client(table.root), 'fence_maker')
    for (let round = 0; round <= rounds; round += 1) {
      await claim(client(table.root), `t${round}`)
      await release(client(table.root), `t${round}`)
      const oursMs = await timed(() => run(process.execPath, [binPath('ctl'), 'task', 'claim', `t${round}`, '-q'], {env}))
      const theirsMs = await timed(() => run(process.execPath, ['-e', '0'], {env}))
      if (round === 0) continue
      ours!.push(oursMs)
      theirs!.push(theirsMs)
    }
    return result('ctl task claim / node -e 0', median(ours!), median(theirs!), 6)
  } finally {
    await Promise.all([table.remove(), rm(home, {recursive: true})])
  }
}

async function lists(): Promise<Ratio[]> {
  const [long, short] = [await newTable(), await newTable()]
  const home = await mkdtemp(join(tmpdir(), 'opsdeck-bench-'))
  try {
    await writeLongLog(long.root)
    for (let n = 0; n < 20; n += 1) await claim(client(short.root), `t${n}`)
    const [cold, warm, bare]: number[][] = [[], [], []]
    const ctl = (uri: string, ...words: string[]) => run(process.execPath, [binPath('ctl'), ...words], {env: quiet(uri, home)})
    for (let round = 0; round <= rounds; round += 1) {
      const each = [
        await timed(() => ctl(long.uri, 'task', 'list')), await timed(() => ctl(short.uri, 'task', 'list')),
        await timed(() => ctl(short.uri, 'context', 'list')),
      ]
      if (round > 0) [cold, warm, bare].forEach((times, at) => times!.push(each[at]!))
    }
    return [
      result('cold list after 10,000 commits / 1.5 s', median(cold!), 1_500, 1),
      result('list with checkpoints, above a command without network / 150 ms', median(warm!) - median(bare!), 150, 1),
    ]
  } finally {
    await Promise.all([long.remove(), short.remove(), rm(home, {recursive: true})])
  }
}

/** Commits that rewrite one row, of which only the last is by a real claim. */
async function writeLongLog(root: string): Promise<void> {
  await mkdir(join(root, '_delta_log'), {recursive: true})
  const name = (version: number) => `part-00000-00000000-0000-4000-8000-${String(version).padStart(12, '0')}-c000.snappy.parquet`
  for (let version = 1; version < commits; version += 1) {
    const lines = [
      {commitInfo: {timestamp: version, operation: 'UPDATE', operationParameters: {predicate: "task_name = 'x'"}, engineInfo: 'bench'}},
      ...(version > 1 ? [{remove: {path: name(version - 1), dataChange: true, deletionTimestamp: version, size: 820}}] : []),
      {add: {path: name(version), partitionValues: {}, size: 820, modificationTime: version, dataChange: true, stats: statsOf(row('x'))}},
    ]
    await writeFile(join(root, commitPath(version)), lines.map(line => JSON.stringify(line)).join('\n'))
  }
  const last = {commitInfo: {timestamp: commits, operation: 'X', operationParameters: {}}}
  const gone = {remove: {path: name(commits - 1), dataChange: true, deletionTimestamp: commits, size: 820}}
  await writeFile(join(root, commitPath(commits)), [last, gone].map(line => JSON.stringify(line)).join('\n'))
  await claim(client(root, {fence: false}), 'y')
}
