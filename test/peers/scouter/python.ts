import {execFile} from 'node:child_process'
import {promisify} from 'node:util'
import {peerBinary} from '../cache.ts'

/** Runs a script with Python deltalake 1.5.0 and gives what it prints. */
export async function python(script: string, ...words: string[]): Promise<string> {
  const {stdout} = await promisify(execFile)(peerBinary('deltalake-1.5.0', 'bin', 'python'), ['-c', script, ...words])
  return stdout
}

/** The rows of a table as Python reads them, by task and holder, in the shape of the sample tables. */
export async function pythonRows(root: string): Promise<object[]> {
  return JSON.parse(await python(`
import sys, json
from deltalake import DeltaTable, QueryBuilder
table = DeltaTable(sys.argv[1])
batch = QueryBuilder().register('t', table).execute("""select task_name, status, pod_id,
  arrow_cast(claimed_at, 'Int64') as claimed_at, arrow_cast(completed_at, 'Int64') as completed_at,
  arrow_cast(next_run_at, 'Int64') as next_run_at from t order by task_name, pod_id""").read_all()
names = batch.schema.names
columns = [batch.column(i).to_pylist() for i in range(len(names))]
print(json.dumps([dict(zip(names, values)) for values in zip(*columns)]))
`, root)) as object[]
}
