// A process of its own: so many servers that each give 100 spans, the last one slowest. Prints their ports.
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'

const [count, slowestMs] = process.argv.slice(2).map(Number) as [number, number]

function body(shard: number): string {
  const nowMs = Date.now()
  const at = (ms: number) => new Date(ms).toISOString().replace('Z', '123456Z')
  const spans = Array.from({length: 100}, (_, n) => ({
    trace_id: (shard * 1_000 + n).toString(16).padStart(32, '0'), span_id: (shard * 1_000 + n).toString(16).padStart(16, '0'),
    parent_span_id: null, service: 'checkout', operation: 'POST /checkout', kind: 'server', status: 'ok', events: [],
    start_time: at(nowMs - n * 100 - shard), end_time: at(nowMs - n * 100 - shard + 81), duration_ms: 81.000192,
    attributes: {'http.route': '/checkout', 'url.path': '/checkout', 'http.response.status_code': '200', seq: String(n)},
  }))
  return JSON.stringify({spans})
}

const ports = await Promise.all(Array.from({length: count}, (_, shard) => new Promise<number>(resolve => {
  const text = body(shard)
  const delayMs = (slowestMs * (shard + 1)) / count
  const server = createServer((_request, response) => {
    setTimeout(() => response.writeHead(200, {'content-type': 'application/json'}).end(text), delayMs)
  })
  server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
})))
process.stdout.write(`${JSON.stringify(ports)}\n`)
