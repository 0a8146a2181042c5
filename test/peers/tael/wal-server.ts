import {spawn} from 'node:child_process'
import type {ChildProcess} from 'node:child_process'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {freePorts} from '../../helpers/ports.ts'
import {peerBinary} from '../cache.ts'

/** A real tael server with a WAL directory of its own, which can be killed and started again on it. */
export interface WalServer {
  readonly url: string
  readonly walDir: string
  readonly pid: number
  start(): Promise<void>
  kill(signal: NodeJS.Signals): Promise<void>
  /** Sends OTLP protobuf and gives the HTTP status; 0.5.14 takes it over gRPC only, and 200 stands for its OK. */
  ingest(signal: 'traces' | 'logs' | 'metrics', body: Uint8Array): Promise<number>
  dispose(): Promise<void>
}

export async function walServer(version: '0.5.15' | '0.5.14', env: Record<string, string> = {}): Promise<WalServer> {
  const binary = peerBinary(`tael-${version}`, 'bin', 'tael')
  const root = await mkdtemp(join(tmpdir(), 'opsdeck-wal-'))
  const [rest, grpc] = await freePorts(2)
  const url = `http://127.0.0.1:${rest}`
  const walDir = join(root, 'wal')
  let child: ChildProcess | undefined
  const kill = async (signal: NodeJS.Signals) => {
    const running = child
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    const gone = new Promise(resolve => running.once('exit', resolve))
    running.kill(signal)
    await gone
  }
  return {
    url,
    walDir,
    get pid() {
      return child!.pid!
    },
    async start() {
      child = spawn(binary, [
        'serve', '--rest-api-addr', `127.0.0.1:${rest}`, '--otlp-grpc-addr', `127.0.0.1:${grpc}`,
        ...(version === '0.5.15' ? ['--otlp-http-addr', 'off'] : []), '--data-dir', join(root, 'data'), '--wal-dir',
        walDir,
      ], {env: {...process.env, WALRUS_QUIET: '1', ...env}, stdio: 'ignore'})
      await until(() => fetch(`${url}/healthz`).then(answer => answer.ok, () => false))
    },
    kill,
    ingest: (signal, body) =>
      version === '0.5.14' ? ingestGrpc(`127.0.0.1:${grpc}`, signal, body) : ingestHttp(url, signal, body),
    async dispose() {
      await kill('SIGKILL')
      await rm(root, {recursive: true, force: true})
    },
  }
}

async function ingestHttp(url: string, signal: string, body: Uint8Array): Promise<number> {
  const headers = {'content-type': 'application/x-protobuf'}
  return (await fetch(`${url}/v1/${signal}`, {method: 'POST', headers, body: body as Uint8Array<ArrayBuffer>})).status
}

async function ingestGrpc(address: string, signal: 'traces' | 'logs' | 'metrics', body: Uint8Array): Promise<number> {
  const {Client, credentials} = await import('@grpc/grpc-js')
  const client = new Client(address, credentials.createInsecure())
  const name = signal === 'metrics' ? 'metrics.v1.Metrics' : signal === 'logs' ? 'logs.v1.Logs' : 'trace.v1.Trace'
  const asIs = (bytes: Buffer) => bytes
  try {
    return await new Promise((resolve, reject) => {
      client.makeUnaryRequest(`/opentelemetry.proto.collector.${name}Service/Export`, asIs, asIs, Buffer.from(body),
        error => (error ? reject(error) : resolve(200)))
    })
  } finally {
    client.close()
  }
}

export async function until(ready: () => Promise<boolean> | boolean, timeoutMs = 30_000): Promise<void> {
  for (const end = Date.now() + timeoutMs; Date.now() < end;) {
    if (await ready()) return
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  throw new Error('not ready in time')
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Buffer.from([...bytes, rest])
}
const field = (number: number, body: Uint8Array | string) => {
  const bytes = Buffer.from(body as string)
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
}
const fixed64 = (number: number, value: bigint) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return Buffer.concat([varint(number * 8 + 1), bytes])
}
const double = (number: number, value: number) => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return Buffer.concat([varint(number * 8 + 1), bytes])
}
const attribute = (key: string, text: string) => Buffer.concat([field(1, key), field(2, field(1, text))])
const batch = (service: string, items: Uint8Array[]) => {
  const scope = field(2, Buffer.concat(items.map(item => field(2, item))))
  return field(1, Buffer.concat([field(1, field(1, attribute('service.name', service))), scope]))
}
const nowNs = () => BigInt(Date.now()) * 1_000_000n

/** One OTLP batch of spans named by `names`, each with an attribute `seq` of the same text. */
export function spanBatch(service: string, names: string[], padding = ''): Buffer {
  return batch(service, names.map((name, index) => {
    const id = Buffer.alloc(24)
    id.writeDoubleBE(Math.random(), 0)
    id.writeDoubleBE(Math.random(), 8)
    id.writeUInt32BE(index + 1, 20)
    return Buffer.concat([
      field(1, id.subarray(0, 16)), field(2, id.subarray(16)), field(5, name), Buffer.of(48, 2),
      fixed64(7, nowNs()), fixed64(8, nowNs() + 5_000_000n),
      field(9, attribute('seq', name)), ...(padding ? [field(9, attribute('padding', padding))] : []),
    ])
  }))
}

export function logBatch(service: string, bodies: string[]): Buffer {
  return batch(service, bodies.map(
    body => Buffer.concat([fixed64(1, nowNs()), Buffer.of(16, 9), field(5, field(1, body)), fixed64(11, nowNs())]),
  ))
}

export function gaugeBatch(service: string, name: string, values: number[]): Buffer {
  const points = values.map(value => field(1, Buffer.concat([fixed64(3, nowNs()), double(4, value)])))
  return batch(service, [Buffer.concat([field(1, name), field(5, Buffer.concat(points))])])
}
