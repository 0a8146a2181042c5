import type {ClusterStatus, ProvenLeader, NodeReport} from './rules.ts'

/** What became different between two looks at a cluster. */
export type StatusChange =
  | {event: 'leader'; item: ProvenLeader}
  | {event: 'no-leader'; item: null}
  | {event: 'node'; item: NodeReport}
  | {event: 'problem' | 'solved'; item: {problem: string}}

/** From nothing, everything is new. How long an answer took is no change. */
export function changesBetween(before: ClusterStatus | undefined, after: ClusterStatus): StatusChange[] {
  const old = new Map(before?.nodes.map(node => [node.id, facts(node)]))
  const [was, is] = [new Set(before && problemsOf(before)), new Set(problemsOf(after))]
  return [
    ...leaderChange(before, after),
    ...after.nodes.filter(node => old.get(node.id) !== facts(node)).map(item => ({event: 'node', item}) as const),
    ...[...is].filter(each => !was.has(each)).map(problem => ({event: 'problem', item: {problem}}) as const),
    ...[...was].filter(each => !is.has(each)).map(problem => ({event: 'solved', item: {problem}}) as const),
  ]
}

/** Without that of no leader, which is an event of its own. */
function problemsOf({problems}: ClusterStatus): string[] {
  return problems.filter(each => !each.startsWith('no proven leader'))
}

function leaderChange(before: ClusterStatus | undefined, {leader}: ClusterStatus): StatusChange[] {
  if (!leader) return before && !before.leader ? [] : [{event: 'no-leader', item: null}]
  const {id, endpoint, term} = before?.leader ?? {}
  const isSame = leader.id === id && leader.endpoint === endpoint && leader.term === term
  return isSame ? [] : [{event: 'leader', item: leader}]
}

function facts({latencyMs: _, ...node}: NodeReport): string {
  return JSON.stringify(node, (__, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
}
