import {randomUUID} from 'node:crypto'
import type {Clock} from '../net/deadline.ts'
import {RefusedError, UsageError} from '../net/errors.ts'
import {createHttp} from '../net/http.ts'
import {createAdminStore} from './admin-store.ts'
import {createDirectiveClient, type DirectiveClient} from './client.ts'
import {createFileStore} from './file-store.ts'
import type {ProxyInstance} from './proxy-api.ts'
import {createRecordFile} from './record-file.ts'
import type {DirectiveStore} from './store.ts'
import type {Policy} from './validate.ts'

export interface TlsTexts {
  ca?: string
  cert?: string
  key?: string
  servername?: string
}

/** What a context says about directives, its secrets and certificates already read. */
export interface DirectiveSetup {
  /** The addresses of the proxies: where sets are published without etcd, and who is asked what it applies. */
  instances: readonly string[]
  etcd?: {endpoints: readonly string[]; key: string; user?: string; password?: string; tls?: TlsTexts}
  /** A folder instead of a fleet's store. */
  folder?: string
  adminToken?: string
  dataToken?: string
  tls?: TlsTexts
  /** Send the admin token over plain HTTP to another machine. */
  allowCleartext: boolean
  /** Where the records of admin endpoints are kept. */
  recordFolder: string
  policy: Policy
  by: string
  timeoutMs: number
  connectTimeoutMs: number
  retries: number
  clock: Clock
  random: () => number
}

export interface Directives {
  client: DirectiveClient
  instances: readonly ProxyInstance[]
  close(): Promise<void>
}

/** A frozen etcd is noticed within this time, whatever the limit of other requests. */
const etcdTimeoutMs = 2_500

export async function openDirectives(setup: DirectiveSetup): Promise<Directives> {
  const instances = setup.instances.map(url => openInstance(url, setup))
  const store = await openStore(setup, instances)
  const {policy, by, clock, random} = setup
  const newNonce = () => randomUUID().slice(0, 8)
  return {
    client: createDirectiveClient({store, instances, policy, by, clock, random, newNonce}),
    instances,
    async close() {
      await Promise.all([store.close(), ...instances.map(({http}) => http.close())])
    },
  }
}

async function openStore(setup: DirectiveSetup, instances: readonly ProxyInstance[]): Promise<DirectiveStore> {
  const {etcd, folder, clock, random, timeoutMs} = setup
  if (etcd) {
    const [{createEtcd}, {createEtcdStore}] = await Promise.all([import('./etcd-client.ts'), import('./etcd-store.ts')])
    const opened = await createEtcd({...etcd, timeoutMs: Math.min(timeoutMs, etcdTimeoutMs)})
    return createEtcdStore({etcd: opened, key: etcd.key, clock, random})
  }
  if (folder !== undefined) return createFileStore(folder, clock)
  if (instances.length === 0) {
    throw new UsageError('the context names no proxy, no etcd and no folder for directives', {
      code: 'NOT_CONFIGURED',
      hint: 'Set directives.url, directives.instances, directives.etcd.endpoints or directives.file.',
    })
  }
  return createAdminStore({instances, records: createRecordFile(setup.recordFolder), clock})
}

function openInstance(url: string, setup: DirectiveSetup): ProxyInstance {
  const {adminToken, dataToken, allowCleartext, tls, timeoutMs, connectTimeoutMs, retries, clock, random} = setup
  const http = createHttp({url, timeoutMs, connectTimeoutMs, retries, tls, clock, random})
  const sendsSecret = adminToken !== undefined || dataToken !== undefined
  if (sendsSecret && !allowCleartext && isCleartextElsewhere(url)) {
    throw new RefusedError(`${http.endpoint}: the token would cross the network in the clear`, {
      code: 'CLEARTEXT_TOKEN', endpoint: http.endpoint,
      hint: 'Use https://, or set directives.allowCleartext: true where the network between is safe.',
    })
  }
  return {name: http.endpoint, http, adminToken, dataToken}
}

function isCleartextElsewhere(url: string): boolean {
  const parsed = URL.parse(url)
  return parsed?.protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(parsed.hostname)
}
