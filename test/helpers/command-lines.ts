import {mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {createServer, type Server, type Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {parts} from '../../src/sandbox/parts.ts'
import {startSandbox} from '../../src/sandbox/sandbox.ts'
import {runBin} from './cli.ts'

export type Bin = 'tael' | 'ctl' | 'snap'

/** One representative run of a command on the sandbox; changes are dry runs, so that the order has no meaning. */
export interface CommandLine {
  bin: Bin
  words: string[]
  /** What it ends with on the sandbox. */
  exit: number
  /** It goes on until a signal comes. */
  long: boolean
  /** It asks a server, so that a frozen one holds it up. */
  remote: boolean
  /** It has -o json. */
  json: boolean
}

const trace = '35f76ceff3c810b2049457e1371ebd87'

type Extra = Partial<Pick<CommandLine, 'exit' | 'long' | 'remote' | 'json'>>
type Entry = [line: string, extra?: Extra]
const here: Extra = {remote: false}
const follows: Extra = {long: true}
const text: Extra = {remote: false, json: false}

const tael: Entry[] = [
  ['alerts', {exit: 2}], ['anomalies --since 1h'], ['completion bash', text], [`correlate ${trace}`],
  ['diff --since 1h'], ['doctor'],
  ['logs'], ['metric http.server.requests'], ['metrics'], ['services'], ['shards'], ['spans'],
  ['sql SELECT+1', {exit: 3}],
  ['summarize'], ['topology'], [`trace ${trace}`], ['traces'], ['watch', follows],
  ['alert create --name a --query q --shard shard-a --dry-run'],
  ['alert delete none --shard shard-a --dry-run', {exit: 2}], ['alert list', {exit: 2}],
  [`comment add ${trace} hello --shard shard-a --dry-run`], [`comment list ${trace}`, {exit: 2}],
  ['get metric http.server.requests'], [`get trace ${trace}`], ['ingest status'], ['query logs'], ['query metrics'],
  ['query sql SELECT+1', {exit: 3}], ['query traces'], ['schema spans', text], ['tail logs'], ['tail traces'],
  ['wal inspect /no/such', {...here, exit: 2}],
  ['wal stat', here], ['wal tail', here], ['wal tap', {...here, exit: 12}],
]

const ctl: Entry[] = [
  ['audit list', here], ['audit show none', {...here, exit: 2}],
  ['completion zsh', text], ['dash --once'], ['doctor'], ['sandbox', {...follows, remote: false}],
  ['context add fresh-NTH', here], ['context edit', {...text, exit: 3}],
  ['context list', here], ['context previous', {...here, exit: 3}], ['context remove none', {...here, exit: 3}],
  ['context set sandbox danger=', here], ['context show', here], ['context use sandbox', here],
  ['context validate', here],
  ['directive check aa.bb', {...here, exit: 11}], ['directive clear --dry-run'],
  ['directive diff /dev/null', {exit: 3}], ['directive explain req-1', {exit: 2}],
  ['directive get none', {exit: 2}], ['directive list'], ['directive metrics'], ['directive mint --tenant a', text],
  ['directive publish --tenant a --dry-run'], ['directive revoke none --dry-run', {exit: 2}], ['directive tape'],
  ['directive tenants'],
  ['directive verify-applied --dry-run', {exit: 9}], ['directive verify --dry-run', {exit: 9}],
  ['directive watch', follows],
  ['lease abandon held --force --dry-run', here], ['lease acquire fresh --ttl 5m --dry-run', here],
  ['lease complete held --force --dry-run', here],
  ['lease exec fresh --ttl 5m --dry-run -- true', here], ['lease get held', here], ['lease history held', here],
  ['lease list', here],
  ['lease wait held --for free', {...here, ...follows}], ['lease watch', {...here, ...follows}], ['raft leader'],
  ['raft members'], ['raft status'], ['raft wait --for leader'],
  ['raft kv get k', {exit: 2}], ['raft kv put k v --dry-run'], ['raft kv delete k --dry-run'],
  ['raft kv cas k v --expect-absent --dry-run'], ['raft kv scan'], ['raft kv watch /', follows],
  ['raft watch membership', follows],
  ['sandbox freeze none', {...here, exit: 4}], ['sandbox kill none', {...here, exit: 4}],
  ['sandbox lead none', {...here, exit: 4}],
  ['sandbox revive none', {...here, exit: 4}], ['sandbox targets', {...here, exit: 4}],
  ['schema task list', text],
  ['task claim fresh --dry-run', here], ['task due', here], ['task exec fresh --interval 1h --dry-run -- true', here],
  ['task fail trace_optimize --force --dry-run', here], ['task get trace_optimize', here],
  ['task history trace_optimize', here],
  ['task list', here], ['task release trace_optimize --interval 1h --force --dry-run', here],
  ['task wait trace_optimize --for idle', {...here, ...follows}],
  ['task watch', {...here, ...follows}],
]

const snap: Entry[] = [
  ['completion fish', text], ['diff edge/routes edge/tenants', here], ['doctor --dry-run', here], ['list', here],
  ['prune edge/routes --dry-run', here],
  ['pull edge/routes DEST', here], ['push EXPORT edge/routes --dry-run', here],
  ['round edge/routes --lease fresh --ttl 5m --dry-run -- true', here],
  ['schema list', text], ['show edge/routes', here], ['verify edge/routes --remote', here],
]

/** Every command of the three bins with a run of its own. */
export const commandLines: readonly CommandLine[] = ([
  ['tael', tael], ['ctl', ctl], ['snap', snap],
] as const).flatMap(([bin, entries]) =>
  entries.map(([line, extra]): CommandLine => {
    const words = line.split(' ').map(word => word.replaceAll('+', ' '))
    return {bin, words, exit: 0, long: false, remote: true, json: true, ...extra}
  }))

export interface World {
  /** Of a run on the sandbox: configuration and folders of its own. */
  env: Record<string, string>
  /** The same with every address leading to a server that takes connections and never answers. */
  frozenEnv: Record<string, string>
  /** How many connections the frozen server has seen. */
  frozenConnections(): number
  /** The words of a line with its folders filled in; `nth` keeps the destinations of several runs apart. */
  words(line: CommandLine, nth: number): string[]
  stop(): Promise<void>
}

/** The whole sandbox, leases in SQLite with one that is held, and a frozen twin of it all. */
export async function startWorld(): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'opsdeck-world-'))
  const sandbox = await startSandbox(parts, {dir, nowMs: () => Date.now(), hide: []})
  const {server, url, host, connections} = await frozenServer()
  const leases = {url: `sqlite:${join(dir, 'held.db')}`}
  const config = (name: string, contexts: object) => {
    const path = join(dir, `${name}.yaml`)
    writeFileSync(path, JSON.stringify({current: 'sandbox', contexts}), {mode: 0o600})
    return {OPSDECK_CONFIG: path, XDG_STATE_HOME: join(dir, 'state'), XDG_CACHE_HOME: join(dir, 'cache')}
  }
  const env = config('sandbox', {sandbox: {...sandbox.context, leases}})
  const frozen = {
    tael: {url}, leases: {url: `nats://${host}`, bucket: 'leases'}, raft: {endpoints: {1: host}},
    directives: {...sandbox.context['directives'] as object, url, instances: [url]},
    artifacts: {url: 's3://bucket/prefix', endpoint: url}, tasks: {uri: 's3://bucket/tasks', endpoint: url},
  }
  const secrets = {AWS_ACCESS_KEY_ID: 'frozen', AWS_SECRET_ACCESS_KEY: 'frozen', AWS_REGION: 'us-east-1'}
  const frozenEnv = {...config('frozen', {sandbox: frozen}), ...secrets}
  const held = await runBin('ctl', ['lease', 'acquire', 'held', '--ttl', '1h', '--holder', 'exporter-1'], {env})
  if (held.code !== 0) throw new Error(held.stderr)
  const led = await runBin('ctl', ['raft', 'wait', '--for', 'leader', '--within', '20s'], {env})
  if (led.code !== 0) throw new Error(led.stderr)
  const exports = join(dir, 'exports')
  return {
    env, frozenEnv, frozenConnections: connections,
    words: (line, nth) => line.words.map(word => word.replace('NTH', String(nth))).map(word => (word === 'DEST'
      ? join(dir, `pulled-${nth}`)
      : word === 'EXPORT' ? join(exports, readdirSync(exports)[0]!) : word)),
    async stop() {
      await sandbox.stop()
      server.close()
      rmSync(dir, {recursive: true, force: true})
    },
  }
}

async function frozenServer(): Promise<{server: Server; url: string; host: string; connections(): number}> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.unref()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as {port: number}).port}`
  return {server, url: `http://${host}`, host, connections: () => sockets.size}
}
