import type {NodeStatus} from '../../clients/tael/nodes.ts'
import type {GroupStatus} from '../../clients/tael/shard-watch.ts'
import {taelNodes} from '../open/tael.ts'
import {findings, skewSeconds, timed, toleratedSkewSeconds, type DoctorTools, type Finding} from './finding.ts'

const {ok, warn, fail} = findings('tael')

/** Versions whose answers this client was measured against. */
const measured = ['0.5.14', '0.5.15']

/** Every node: up, ready, its version, its losses, its clock; every group: who leads. */
export async function examineTael(tools: DoctorTools): Promise<Finding[]> {
  const {nodes, apiKey} = await taelNodes(tools)
  if (nodes.length === 0) {
    return [fail('nodes', 'the context names no server', 'ctl context set NAME tael.url=http://host:7701')]
  }
  const [{createNodeProbe}, {ShardWatch}, {createHttp}] = await Promise.all([
    import('../../clients/tael/nodes.ts'), import('../../clients/tael/shard-watch.ts'),
    import('../../clients/net/http.ts'),
  ])
  const {timeoutMs, connectTimeoutMs, io: {clock}, signal} = tools
  const headers: Record<string, string> = apiKey ? {authorization: `Bearer ${apiKey}`} : {}
  const probe = createNodeProbe(nodes, {headers, timeoutMs, connectTimeoutMs, retries: 0, clock})
  try {
    const {items, groups} = await new ShardWatch(probe, clock).settle(signal)
    const alone = await Promise.all(items.filter(node => node.healthy).map(async ({url}) => {
      const http = createHttp({url, headers, timeoutMs, connectTimeoutMs, retries: 0})
      try {
        return [...await authOf(tools, url, () => http.request({path: '/api/v1/services', signal}))]
      } finally {
        await http.close()
      }
    }))
    return [
      ...items.flatMap(nodeFindings), ...groups.filter(group => group.verdict !== 'uncoordinated').map(groupFinding),
      ...alone.flat(),
    ]
  } finally {
    await probe.close()
  }
}

/** What one node told about itself. */
export function nodeFindings({url, healthy, ready, version, latencyMs, error, errors, shed}: NodeStatus): Finding[] {
  if (!healthy) return [fail(`node ${url}`, error ?? 'does not answer', 'is the server up, and is this its REST port?')]
  const rows = [ready === false
    ? fail(
      `node ${url}`, 'up, but not ready', 'tael shards shows the group; a standby that catches up becomes ready',
      latencyMs,
    )
    : ok(`node ${url}`, `up${ready ? ' and ready' : ''}`, null, latencyMs)]
  const known = version === 'sandbox' || measured.some(each => version?.startsWith(each))
  rows.push(known
    ? ok(`version ${url}`, version!)
    : warn(`version ${url}`, `${version ?? 'not told'}: this client was measured with ${measured.join(' and ')}`))
  if ((errors ?? 0) > 0) {
    rows.push(warn(`ingest ${url}`, `${errors} batches failed since its start`, 'tael ingest status'))
  }
  if ((shed ?? 0) > 0) rows.push(
    warn(`ingest ${url}`, `${shed} batches were shed since its start: it is overloaded`, 'tael ingest status'),
  )
  return rows
}

/** Who leads a coordinated group. */
export function groupFinding({shard, verdict, leader, nodes, healthy}: GroupStatus): Finding {
  if (verdict === 'ok') return ok(`group ${shard}`, `${leader} leads, ${healthy} of ${nodes} nodes up`)
  if (verdict === 'split') return fail(
    `group ${shard}`, 'two nodes lead at once: both take writes', 'tael shards; stop the one with the lower epoch',
  )
  return fail(
    `group ${shard}`, verdict === 'no-leader' ? 'no node leads: writes are refused' : 'no node tells who leads',
    'tael shards --watch',
  )
}

interface Asked {
  status: number
  headers: Record<string, string>
}

/** Whether reads are allowed, and how far the clocks are apart. */
async function authOf({io}: DoctorTools, url: string, ask: () => Promise<Asked>): Promise<Finding[]> {
  const sentMs = io.clock.nowMs()
  const {answer: {status, headers}, tookMs} = await timed({io}, ask)
  const rows = [status === 401 || status === 403
    ? fail(
      `auth ${url}`, `a read is refused (${status})`,
      'set tael.apiKey to a reference of the key the server was started with', tookMs,
    )
    : ok(`auth ${url}`, 'reads are allowed', null, tookMs)]
  const skew = skewSeconds(headers['date'], sentMs, io.clock.nowMs())
  if (skew !== undefined) rows.push(clockFinding(url, skew))
  return rows
}

/** How far a server's clock is from ours; windows like --since are counted by the server's. */
export function clockFinding(url: string, skew: number): Finding {
  return Math.abs(skew) <= toleratedSkewSeconds
    ? ok(`clock ${url}`, 'within 2 s of ours')
    : warn(
      `clock ${url}`,
      `${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} ours: --since counts by the server's clock`,
      'synchronise the clocks (chronyc tracking)',
    )
}
