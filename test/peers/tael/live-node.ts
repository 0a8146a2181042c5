import {join} from 'node:path'
import type {LiveNode} from '../../contract/tael-node.ts'
import {sendOtlp, type Seed} from './otlp.ts'
import type {TaelNode} from './start.ts'

/** A real server as the contracts see it. */
export function livePeer(node: TaelNode): LiveNode {
  return {
    url: node.url,
    walDir: join(node.dir, 'wal'),
    async ingest(seed) {
      const {spans, logs, metrics} = seed
      for (const [signal, records] of Object.entries({traces: spans, logs, metrics})) {
        if (records?.length === 0) await postEmpty(`${node.url}/v1/${signal}`)
      }
      await sendOtlp(node.url, seed as Seed)
    },
    kill: () => node.kill(),
    revive: async () => {
      node.thaw()
      if (!(await fetch(`${node.url}/healthz`).then(() => true, () => false))) await node.restart()
    },
    freeze: () => node.freeze(),
  }
}

/** An OTLP request without records is an empty body. */
async function postEmpty(url: string): Promise<void> {
  const {status} = await fetch(url, {method: 'POST', headers: {'content-type': 'application/x-protobuf'}})
  if (status !== 200) throw new Error(`${url}: ${status}`)
}
