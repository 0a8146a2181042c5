import {createEtcd} from '../../../src/clients/directive/etcd-client.ts'
import type {EtcdOptions} from '../../../src/clients/directive/etcd-rpc.ts'
import {createEtcdStore} from '../../../src/clients/directive/etcd-store.ts'
import type {DirectiveStore} from '../../../src/clients/directive/store.ts'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import type {DirectiveWorld} from '../../contract/directive.ts'
import {adminStore, instanceAt} from '../../contract/directive-worlds.ts'
import {adminToken, signingKey, startEtcd, startProxy, type Peer} from './start.ts'
import {startStub, type Stub} from './stub.ts'

/** Twice what the product waits before it looks again: two who publish at once may be far apart on a busy machine. */
const settleMs = 600

export interface RealWorld extends DirectiveWorld {
  proxies: Peer[]
  stub: Stub
  etcd?: Peer
}

export const etcdKey = 'osproxy/directives'

/** Two real proxies in front of a stub cluster, with their own sets or with a real etcd. */
export async function openRealWorld(kind: 'admin' | 'etcd', settings: Record<string, string> = {}): Promise<RealWorld> {
  const stub = await startStub()
  const etcd = kind === 'etcd' ? await startEtcd() : undefined
  const env = {
    OSPROXY_UPSTREAM: stub.url, OSPROXY_OTLP_ENDPOINT: stub.url,
    ...(etcd ? {OSPROXY_ETCD_ENDPOINTS: etcd.url} : {}), ...settings,
  }
  const proxies = [await startProxy(env), await startProxy(env)]
  const instances = proxies.map(({url}) => instanceAt(url, adminToken))
  return {
    proxies, stub, etcd, instances, signingKey,
    openStore: async () => (etcd
      ? etcdStore({endpoints: [etcd.url]})
      : adminStore(proxies.map(({url}) => url), adminToken, settleMs)),
    exported: () => stub.spanRequestIds(),
    async stop() {
      await Promise.all(instances.map(({http}) => http.close()))
      for (const peer of [...proxies, ...(etcd ? [etcd] : [])]) await peer.stop()
      await stub.stop()
    },
  }
}

export async function etcdStore(options: Partial<EtcdOptions> & {endpoints: string[]}): Promise<DirectiveStore> {
  const etcd = await createEtcd({timeoutMs: 2_500, ...options})
  return createEtcdStore({etcd, key: etcdKey, clock: systemClock, random: Math.random})
}
