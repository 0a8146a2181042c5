import {join} from 'node:path'
import {openDirectives as open, type Directives} from '../../clients/directive/open.ts'
import {defaultPolicy, type Policy} from '../../clients/directive/validate.ts'
import {UsageError} from '../../clients/net/errors.ts'
import type {DirectivesSection} from '../context/schema.ts'
import type {Settings} from '../context/settings.ts'
import type {Io} from '../io.ts'
import {parseDurationMs} from '../quantity.ts'
import {stateFolder} from '../state-folder.ts'
import {contextWords, operatorAtHost, optionalSecret, tlsTexts, type OpenTools} from './tools.ts'

/** The directive store and the proxies of the context, or only the `wanted` ones. UsageError when nothing names any. */
export async function openDirectives(tools: OpenTools, wanted?: string[]): Promise<Directives> {
  const {settings, io} = tools
  const section = settings.require('directives')
  const {etcd, file} = section
  const instances = chosen(section, wanted)
  tools.trace(`directives at ${etcd?.endpoints?.join(',') ?? file ?? instances.join(',')}${contextWords(settings)}`)
  return open({
    instances,
    etcd: etcd?.endpoints ? await etcdSetup(etcd, etcd.endpoints, settings) : undefined,
    folder: file?.replace(/^file:\/\//, ''),
    adminToken: await optionalSecret(settings, section.token),
    dataToken: await optionalSecret(settings, section.dataToken),
    tls: await tlsTexts(section.tls),
    allowCleartext: section.allowCleartext === true,
    recordFolder: directiveRecords(io),
    policy: policyOf(section),
    by: operatorAtHost(io),
    timeoutMs: tools.timeoutMs, connectTimeoutMs: tools.connectTimeoutMs, retries: tools.retries,
    clock: io.clock, random: io.random,
  })
}

/** Where this account keeps what it published to proxies that keep no times themselves. */
export function directiveRecords(io: Pick<Io, 'env' | 'homeDir'>): string {
  return join(stateFolder(io) ?? 'opsdeck', 'directives')
}

function chosen({instances, url}: DirectivesSection, wanted: string[] | undefined): string[] {
  const all = instances ?? (url === undefined ? [] : [url])
  if (!wanted) return all
  const bare = (address: string) => address.replace(/\/+$/, '')
  const unknown = wanted.find(address => !all.some(known => bare(known) === bare(address)))
  if (unknown === undefined) return all.filter(known => wanted.some(address => bare(known) === bare(address)))
  throw new UsageError(`${unknown} is no instance of the context`, {hint: `There are: ${all.join(', ') || 'none'}`})
}

/** What may be published here. */
export function policyOf({maxTtl}: DirectivesSection): Policy {
  if (maxTtl === undefined) return defaultPolicy
  return {...defaultPolicy, maxTtlSecs: Math.floor(parseDurationMs(maxTtl, {bareUnit: 's'}) / 1000)}
}

async function etcdSetup(etcd: NonNullable<DirectivesSection['etcd']>, endpoints: string[], settings: Settings) {
  return {
    endpoints, key: etcd.key ?? 'osproxy/directives', user: etcd.user,
    password: await optionalSecret(settings, etcd.password), tls: await tlsTexts(etcd.tls),
  }
}
