import type {BucketFacts} from '../../clients/lease/store.ts'
import {OpsError} from '../../clients/net/errors.ts'
import {openLeases} from '../open/leases.ts'
import {findings, timed, type DoctorTools, type Finding} from './finding.ts'

const {ok, warn, fail} = findings('leases')

/** The lease store: does it answer, are its settings fit for leases, can its records be read? */
export async function examineLeases(tools: DoctorTools): Promise<Finding[]> {
  const leases = await openLeases(tools)
  try {
    const {answer: entries, tookMs} = await timed(tools, () => leases.store.list(tools.signal).catch(noFileYet))
    if (!entries) {
      return [warn('store', `${leases.store.place}: no such file yet`, 'the first ctl lease acquire makes it')]
    }
    const facts = await leases.store.facts?.(tools.signal)
    return [
      ok('store', `${leases.store.place}: ${entries.length} keys`, null, tookMs),
      ...(facts ? bucketFindings(facts) : []),
    ]
  } finally {
    await leases.store.close()
  }
}

function noFileYet(error: unknown): undefined {
  if (!(error instanceof OpsError) || error.code !== 'NO_FILE') throw error
}

/** Settings of a bucket that lose leases or their history. Source: slipstream facts, sections 2.1 and 4. */
export function bucketFindings(
  {maxAgeMs, history, replicas, discard, maxBytes, allowDirect, servers}: BucketFacts,
): Finding[] {
  return [
    ok('server', `nats-server ${servers}`),
    maxAgeMs > 0
      ? fail(
        'bucket max_age', `records vanish after ${Math.round(maxAgeMs / 1_000)} s, live leases with them`,
        'the bucket\'s owner should set max_age 0',
      )
      : ok('bucket max_age', 'records stay until they are replaced'),
    discard === 'old' && maxBytes > 0
      ? fail(
        'bucket discard', 'a full bucket drops its oldest records, live leases with them',
        'the bucket\'s owner should set discard new',
      )
      : ok('bucket discard', `${discard}${maxBytes > 0 ? `, at most ${maxBytes} bytes` : ''}`),
    replicas > 1
      ? ok('bucket replicas', String(replicas))
      : warn('bucket replicas', '1: the leases are as available as one server', 'use 3 in a cluster'),
    history > 1
      ? ok('bucket history', `${history} records a key`)
      : ok('bucket history', '1 record a key: ctl lease history shows only the newest'),
    allowDirect
      ? ok('bucket reads', 'direct')
      : warn('bucket reads', 'allow_direct is off: every read goes through the leader'),
  ]
}
