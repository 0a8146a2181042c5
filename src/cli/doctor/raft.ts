import type {ClusterStatus} from '../../clients/raft/rules.ts'
import {openRaft} from '../open/raft.ts'
import {findings, type DoctorTools, type Finding} from './finding.ts'

const {ok, warn, fail} = findings('raft')

/** The nodes: do they answer, is a leader proven, do they agree? */
export async function examineRaft(tools: DoctorTools): Promise<Finding[]> {
  const raft = await openRaft(tools)
  try {
    return [
      ...clusterFindings(await raft.status(tools.signal)), leaseSwitch(tools.settings.section('raft')?.ttl === true),
    ]
  } finally {
    raft.close()
  }
}

/** Rows of one round of asking. */
export function clusterFindings({leader, nodes, problems}: ClusterStatus): Finding[] {
  const rows = nodes.map(node => (node.ready
    ? ok(`node ${node.id}`, `${node.endpoint}: ${node.role}`, null, node.latencyMs)
    : fail(
      `node ${node.id}`, node.error?.message ?? 'does not answer',
      node.error?.hint ?? 'is the node up, and is this its address?',
    )))
  rows.push(leader
    ? ok('leader', `node ${leader.id} in term ${leader.term}, proven by a linearizable read`)
    : fail('leader', 'no node could serve a linearizable read: no quorum', 'ctl raft status --watch'))
  return [...rows, ...problems.filter(isDisagreement).map(each => warn('agreement', each, 'ctl raft members'))]
}

/** Problems that are not said by the rows above already. */
const isDisagreement = (problem: string) => !/^no proven leader|does not answer|is not ready/.test(problem)

function leaseSwitch(isOn: boolean): Finding {
  return isOn
    ? warn(
      'leases',
      'the context says that the servers have leases on; this cannot be asked, and one write with a ttl stops every '
      + 'node if it is not so',
      'check raft.state_machine.lease.enabled in each server\'s configuration',
    )
    : ok('leases', 'writes with a ttl are refused here (raft.ttl is not set)')
}
