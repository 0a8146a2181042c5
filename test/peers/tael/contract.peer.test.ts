import seed from '../../../src/sandbox/tael/seed.json' with {type: 'json'}
import {taelContract} from '../../contract/tael.ts'
import {sendOtlp, type Seed} from './otlp.ts'
import {dispose, startTael, startTier} from './start.ts'

const records = seed as unknown as Seed

taelContract('tael 0.5.15, one node', async () => {
  const node = await startTael()
  await sendOtlp(node.url, records)
  return {url: node.url, isTier: false, close: () => dispose(node)}
})

taelContract('tael 0.5.15, a query tier over two shards', async () => {
  const shards = await Promise.all([startTael(), startTael()])
  const nowNs = BigInt(Date.now()) * 1_000_000n
  const owner = (key: string) => [...key].reduce((sum, char) => sum + char.charCodeAt(0), 0) % 2
  await Promise.all(shards.map((shard, at) => sendOtlp(shard.url, {
    spans: records.spans.filter(span => owner(span.trace_id) === at),
    logs: records.logs.filter(log => owner(log.trace_id ?? log.service) === at),
    metrics: records.metrics.filter(metric => owner(metric.name) === at),
  }, {nowNs})))
  const tier = await startTier(shards)
  return {url: tier.url, isTier: true, close: () => dispose(tier, ...shards)}
})
