import type {LeaseClient} from '../../clients/lease/client.ts'
import type {LeasePlace} from '../../clients/lease/open.ts'
import {UsageError} from '../../clients/net/errors.ts'
import {contextWords, optionalSecret, type OpenTools} from './tools.ts'

export interface LeasesChoice {
  /** Instead of the context's. */
  url?: string
  bucket?: string
}

/** The client of the context's lease store; close its store at the end. UsageError when nothing says where it is. */
export async function openLeases(tools: OpenTools, choice: LeasesChoice = {}): Promise<LeaseClient> {
  const [{LeaseClient}, {openLeaseStore}] = await Promise.all([
    import('../../clients/lease/client.ts'), import('../../clients/lease/open.ts'),
  ])
  const store = await openLeaseStore(await leasePlace(tools, choice))
  tools.trace(`leases in ${store.place}${contextWords(tools.settings)}`)
  return new LeaseClient(store, tools.io.clock, {
    retries: tools.retries, random: tools.io.random, onRetry: error => tools.trace(`${error.message}; trying again`),
  })
}

/** Where the leases are, secrets resolved. */
export async function leasePlace(tools: OpenTools, choice: LeasesChoice = {}): Promise<LeasePlace> {
  const {settings, io} = tools
  const section = choice.url === undefined
    ? settings.require('leases')
    : {...settings.section('leases'), url: choice.url}
  const {url, creds, user, tls} = section
  if (!url) throw new UsageError('the context does not say where the leases are', {
    hint: 'Set leases.url, or NATS_URL.',
  })
  const secrets = [section.password, section.token, section.nkey].map(each => optionalSecret(settings, each))
  const [password, token, nkeySeed] = await Promise.all(secrets)
  return {
    url, bucket: choice.bucket ?? section.bucket, credsFile: creds, user, password, token, nkeySeed, tls,
    timeoutMs: tools.timeoutMs, connectTimeoutMs: tools.connectTimeoutMs, nowMs: () => io.clock.nowMs(),
  }
}
