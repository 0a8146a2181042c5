import {randomUUID} from 'node:crypto'
import {commitPath, type Created, type TableStore} from './store.ts'
import {schemaString} from './support.ts'

/** Makes an empty control table, as the engine does on its first start; `taken` when one is there. */
export async function createTable(
  store: TableStore, tool: string, nowMs: number, signal?: AbortSignal,
): Promise<Created> {
  const protocol = {minReaderVersion: 1, minWriterVersion: 2}
  const metaData = {
    id: randomUUID(), name: '_scouter_control', description: null, format: {provider: 'parquet', options: {}},
    schemaString, partitionColumns: [], createdTime: nowMs, configuration: {'delta.checkpointInterval': '5'},
  }
  const commitInfo = {
    timestamp: nowMs, operation: 'CREATE TABLE', engineInfo: tool, txnId: randomUUID(),
    operationParameters: {
      mode: 'ErrorIfExists', protocol: JSON.stringify(protocol), metadata: JSON.stringify(metaData),
      location: store.shown,
    },
  }
  const lines = [{commitInfo}, {protocol}, {metaData}].map(line => JSON.stringify(line))
  return store.commit({path: commitPath(0), bytes: Buffer.from(lines.join('\n'))}, [], signal)
}
