import {spawn, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {createWriteStream} from 'node:fs'
import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {connect} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {freePorts} from '../../helpers/ports.ts'
import {peerBinary} from '../cache.ts'

export const adminToken = 'admin-secret-of-the-test'
export const signingKey = 'operator-shared-secret'

/** A real program that can be frozen, killed and started again on the same port with the same state. */
export interface Peer {
  url: string
  pid(): number
  freeze(): void
  thaw(): void
  kill(): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
  log(): Promise<string>
}

interface Program {
  name: string
  url: string
  port: number
  binary: string
  args: string[]
  env: Record<string, string>
  stateDir: string
}

/** The real osproxy 1.0.5: baseline off, so that only directives cause spans; settings by environment names. */
export async function startProxy(settings: Record<string, string>): Promise<Peer> {
  const [port] = await freePorts(1)
  const isTls = settings['OSPROXY_TLS_CERT'] !== undefined
  return startProgram({
    name: 'osproxy', port: port!, url: `${isTls ? 'https' : 'http'}://127.0.0.1:${port}`,
    binary: peerBinary('osproxy-1.0.5', 'bin', 'osproxy'), args: [],
    stateDir: await mkdtemp(join(tmpdir(), 'opsdeck-osproxy-')),
    env: {
      OSPROXY_BIND: `127.0.0.1:${port}`,
      OSPROXY_DIAG_BASELINE: 'off',
      OSPROXY_DIRECTIVE_ADMIN_TOKEN: adminToken,
      OSPROXY_DEBUG_DIRECTIVE_KEY: signingKey,
      OSPROXY_TENANT_METRICS_ENABLED: 'true',
      ...(isTls ? {} : {OSPROXY_ALLOW_CLEARTEXT_MUTATION: 'true'}),
      ...settings,
    },
  })
}

export interface EtcdFlags {
  /** With TLS: the server's certificate and key. */
  tls?: {certFile: string; keyFile: string}
}

/** The real etcd, as Debian ships it, one member. */
export async function startEtcd({tls}: EtcdFlags = {}): Promise<Peer> {
  const [clientPort, peerPort] = await freePorts(2)
  const stateDir = await mkdtemp(join(tmpdir(), 'opsdeck-etcd-'))
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${clientPort}`
  const peerUrl = `http://127.0.0.1:${peerPort}`
  return startProgram({
    name: 'etcd', port: clientPort!, url, stateDir, env: {},
    binary: peerBinary('etcd-debian', 'usr', 'bin', 'etcd'),
    args: [
      '--name', 'peer', '--data-dir', join(stateDir, 'data'),
      '--listen-client-urls', url, '--advertise-client-urls', url,
      '--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl, '--initial-cluster', `peer=${peerUrl}`,
      '--heartbeat-interval', '100', '--election-timeout', '500',
      ...(tls ? ['--cert-file', tls.certFile, '--key-file', tls.keyFile] : []),
    ],
  })
}

async function startProgram(program: Program): Promise<Peer> {
  let child = await launch(program)
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGCONT')
    child.kill(signal)
    await once(child, 'exit')
  }
  return {
    url: program.url,
    pid: () => child.pid!,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGKILL')
      child = await launch(program)
    },
    async stop() {
      await end('SIGKILL')
      await rm(program.stateDir, {recursive: true, force: true})
    },
    log: () => readFile(join(program.stateDir, 'log'), 'utf8'),
  }
}

async function launch({name, binary, args, env, stateDir, port}: Program): Promise<ChildProcess> {
  const child = spawn(binary, args, {env: {PATH: process.env['PATH'], ...env}, stdio: ['ignore', 'pipe', 'pipe']})
  const log = createWriteStream(join(stateDir, 'log'), {flags: 'a'})
  child.stdout.pipe(log, {end: false})
  child.stderr.pipe(log, {end: false})
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) break
    if (await isListening(port)) return child
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  child.kill('SIGKILL')
  throw new Error(`${name} did not come up: ${(await readFile(join(stateDir, 'log'), 'utf8')).slice(-500)}`)
}

function isListening(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    const end = (isOpen: boolean) => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}
