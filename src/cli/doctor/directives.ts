import {notices, type Snapshot} from '../../clients/directive/listing.ts'
import type {ProxyInstance} from '../../clients/directive/proxy-api.ts'
import {openDirectives} from '../open/directives.ts'
import {examined, findings, timed, type DoctorTools, type Finding} from './finding.ts'

const {ok, warn, fail} = findings('directives')

/** The store of the set, every proxy, and whether they apply what the store holds. */
export async function examineDirectives(tools: DoctorTools): Promise<Finding[]> {
  const {client, instances, close} = await openDirectives(tools)
  try {
    const [store, ...proxies] = await Promise.all([
      examined('directives', async () => {
        const {answer, tookMs} = await timed(tools, () => client.load(tools.signal))
        return setFindings(client.store.kind, answer, tookMs)
      }),
      ...instances.map(instance => examined('directives', () => proxyFindings(tools, instance))),
    ])
    return [...store, ...proxies.flat()]
  } finally {
    await close()
  }
}

/** What the set itself says. */
function setFindings(kind: string, snapshot: Snapshot, tookMs: number): Finding[] {
  const said = notices(snapshot)
  const head = snapshot.malformed
    ? fail(
      'set', 'what stands there is no set: the proxies keep their last good one',
      'ctl directive publish FILE --replace',
    )
    : ok('set', `${snapshot.directives.length} directives at version ${snapshot.version} (${kind})`, null, tookMs)
  return [head, ...said.map(text => warn('set', text, 'ctl directive list'))]
}

async function proxyFindings(tools: DoctorTools, instance: ProxyInstance): Promise<Finding[]> {
  const {readMetrics} = await import('../../clients/directive/proxy-api.ts')
  const {answer, tookMs} = await timed(tools, () => readMetrics(instance, tools.signal))
  return [ok(
    `proxy ${instance.name}`, `up, ${answer.requestsTotal} requests, ${answer.requestsError} of them errors`, null,
    tookMs,
  )]
}
