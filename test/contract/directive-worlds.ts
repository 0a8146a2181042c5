import {mkdtemp, readFile, rm, readdir} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createAdminStore, type RecordKeeper} from '../../src/clients/directive/admin-store.ts'
import {createFileStore} from '../../src/clients/directive/file-store.ts'
import type {ProxyInstance} from '../../src/clients/directive/proxy-api.ts'
import type {SetRecord} from '../../src/clients/directive/record.ts'
import {systemClock} from '../../src/clients/net/deadline.ts'
import {createHttp} from '../../src/clients/net/http.ts'
import {startSandboxProxy} from '../../src/sandbox/directives.ts'
import type {DirectiveWorld} from './directive.ts'

const adminToken = 'admin-secret-of-the-test'
const signingKey = 'operator-shared-secret'

/** Two sandbox proxies with their admin endpoints, or with one folder that both follow. */
export async function openSandboxWorld(kind: 'admin' | 'file'): Promise<DirectiveWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'opsdeck-directives-'))
  const readSet = kind === 'file' ? () => latestValue(folder) : undefined
  const proxies = await Promise.all([1, 2].map(() => startSandboxProxy({adminToken, signingKey, readSet})))
  const instances = proxies.map(({url}) => instanceAt(url, adminToken))
  return {
    instances, signingKey,
    async openStore() {
      return kind === 'file' ? createFileStore(folder, systemClock) : adminStore(instances.map(({name}) => name),
        adminToken)
    },
    exported: () => proxies.flatMap(({exported}) => exported),
    async stop() {
      await Promise.all(instances.map(({http}) => http.close()))
      await Promise.all(proxies.map(proxy => proxy.stop()))
      await rm(folder, {recursive: true, force: true})
    },
  }
}

export function instanceAt(url: string, token: string, tls?: {ca: string}): ProxyInstance {
  const http = createHttp({url, timeoutMs: 2_500, connectTimeoutMs: 1_000, retries: 0, tls})
  return {name: url, http, adminToken: token}
}

/** With connections of its own, which closing it ends. */
export function adminStore(urls: string[], token: string, settleMs = 20) {
  return createAdminStore({
    instances: urls.map(url => instanceAt(url, token)), records: memoryRecords(), clock: systemClock, settleMs,
  })
}

export function memoryRecords(): RecordKeeper {
  const records = new Map<string, SetRecord>()
  return {
    load: async place => records.get(place),
    save: async (place, record) => void records.set(place, record),
  }
}

async function latestValue(folder: string): Promise<string | undefined> {
  const newest = (await readdir(folder)).filter(name => name.endsWith('.json')).sort().at(-1)
  if (newest === undefined) return undefined
  return (JSON.parse(await readFile(join(folder, newest), 'utf8')) as {value: string}).value
}
