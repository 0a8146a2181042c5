import {stat} from 'node:fs/promises'
import {connect} from 'node:net'
import type {Clock} from '../../clients/net/deadline.ts'
import type {LoadedConfig} from './file.ts'
import {contextProblems, isSecretKey} from './keys.ts'
import {resolvedKeys} from './resolved.ts'
import type {Settings} from './settings.ts'

export interface Check {
  check: string
  state: 'ok' | 'warn' | 'fail'
  detail: string
  latencyMs: number | null
  /** A command or a sentence that mends it. */
  fix: string | null
}

export interface CheckOptions {
  connect: boolean
  timeoutMs: number
  clock: Clock
}

/** Everything that can be said about a context before it is needed. */
export async function checkContext(settings: Settings, loaded: LoadedConfig, options: CheckOptions): Promise<Check[]> {
  const rows = [fileMode(loaded), ...keys(settings), ...(await secrets(settings))]
  if (options.connect) {
    const found = resolvedKeys(settings).flatMap(({key, value}) => addresses(key, value))
    rows.push(...(await Promise.all(found.map(each => reach(each, options)))))
  }
  return rows
}

function row(
  check: string, state: Check['state'], detail: string, fix: string | null = null, latencyMs: number | null = null,
): Check {
  return {check, state, detail, latencyMs, fix}
}

function fileMode({path, mode}: LoadedConfig): Check {
  if (mode === undefined) {
    return row('file', 'warn', 'there is no configuration file', 'ctl context add NAME tael.url=http://127.0.0.1:7701')
  }
  return (mode & 0o077) === 0
    ? row('file', 'ok', `${path}, mode ${mode.toString(8)}`)
    : row('file', 'fail', `${path} can be read by others, mode ${mode.toString(8)}`, `chmod 600 ${path}`)
}

function keys(settings: Settings): Check[] {
  if (!settings.context) return [row('keys', 'warn', 'no context is chosen', 'ctl context use NAME')]
  const problems = contextProblems(settings.context.data)
  return problems.length === 0
    ? [row('keys', 'ok', `context ${settings.context.name}`)]
    : problems.map(each => row('keys', 'fail', each, 'ctl context edit'))
}

async function secrets(settings: Settings): Promise<Check[]> {
  const references = resolvedKeys(settings).filter(({key}) => isSecretKey(key))
  return Promise.all(references.map(({key, value}) => settings.secret(value).then(
    () => readable(key, value),
    (error: Error) => row(
      `secret ${key}`, 'fail', error.message, 'set it where the reference points, or change the reference',
    ),
  )))
}

/** A secret in a file that others may read is one no more. */
async function readable(key: string, reference: string): Promise<Check> {
  const path = /^file:\/\/(.+)$/s.exec(reference)?.[1]
  const mode = path === undefined ? 0 : (await stat(path)).mode & 0o777
  return (mode & 0o077) === 0
    ? row(`secret ${key}`, 'ok', reference)
    : row(`secret ${key}`, 'warn', `${reference} can be read by others, mode ${mode.toString(8)}`, `chmod 600 ${path}`)
}

interface Address {
  key: string
  shown: string
  host?: string
  port?: number
  socket?: string
}

const defaultPorts: Record<string, number> = {'http:': 80, 'https:': 443, 'nats:': 4222, 'tls:': 4222}

/** Host and port of what looks like an address; S3 without an endpoint has none of its own. */
function addresses(key: string, value: string): Address[] {
  return value.split(',').flatMap((each): Address[] => {
    if (each.startsWith('unix://')) return [{key, shown: each, socket: each.slice('unix://'.length)}]
    const url = /^(https?|nats|tls):\/\//.test(each) ? URL.parse(each) : undefined
    if (url) return [{key, shown: each, host: url.hostname, port: Number(url.port) || defaultPorts[url.protocol]!}]
    const plain = /^([\w.-]+|\[[0-9a-f:]+]):(\d{1,5})$/i.exec(each)
    return plain && key.startsWith('raft.endpoints')
      ? [{key, shown: each, host: plain[1]!, port: Number(plain[2])}]
      : []
  })
}

/** Opens a connection and closes it. */
function reach(address: Address, {timeoutMs, clock}: CheckOptions): Promise<Check> {
  const startedMs = clock.monotonicMs()
  const name = `connect ${address.key}`
  return new Promise(resolve => {
    const socket = address.socket ? connect(address.socket) : connect(address.port!, address.host!)
    const done = (state: Check['state'], detail: string) => {
      socket.destroy()
      resolve(row(
        name, state, detail, state === 'ok' ? null : 'is the server up, and is this its address?',
        clock.monotonicMs() - startedMs,
      ))
    }
    socket.setTimeout(timeoutMs, () => done('fail', `${address.shown}: no connection within ${timeoutMs} ms`))
    socket.once('connect', () => done('ok', address.shown))
    socket.once(
      'error', error => done('fail', `${address.shown}: ${(error as NodeJS.ErrnoException).code ?? error.message}`),
    )
  })
}
