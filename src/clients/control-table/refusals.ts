import {ConflictError, NotFoundError} from '../net/errors.ts'
import {fenceTask, rfc3339, type TaskRow} from './model.ts'
import {heldDetails} from './record.ts'
import {isHeldBy, leadingRow, type Claim} from './rules.ts'

/* What is said when a change may not be made; `endpoint` is the table as it is shown. */

/** Only the holder of the claim may touch it; the reserved row and a task without rows belong to nobody. */
export function mustHold(
  task: string, rows: TaskRow[], {claim, force}: {claim: Claim; force?: boolean}, nowUs: bigint, endpoint: string,
): void {
  if (task === fenceTask) throw reserved()
  if (rows.length === 0) {
    throw new NotFoundError(`there is no task ${task}`, {endpoint, hint: 'ctl task list shows those there are.'})
  }
  if (force || isHeldBy(rows, claim)) return
  const row = rows.find(each => each.podId !== claim.podId) ?? leadingRow(rows, nowUs)!
  const claimed = claim.claimedAtUs === undefined ? '' : ` since ${rfc3339(claim.claimedAtUs)}`
  throw new ConflictError(`${task} is not held by ${claim.podId}${claimed}: it is ${row.status} by ${row.podId}`, {
    code: 'NOT_HOLDER', endpoint, details: heldDetails(row, nowUs),
    hint: 'Nothing was changed. --force overrides, after a confirmation.',
  })
}

export function refusedClaim(
  task: string, decision: {kind: 'held' | 'not-due'; row: TaskRow}, nowUs: bigint, endpoint: string,
): ConflictError {
  const {row} = decision
  if (decision.kind === 'held') {
    const {holder, since, until} = heldDetails(row, nowUs)
    return new ConflictError(`${task} is held by ${holder} since ${since}, at most until ${until}`, {
      code: 'HELD', endpoint, details: heldDetails(row, nowUs), hint: `Wait for it: ctl task wait ${task} --for idle`,
    })
  }
  return new ConflictError(`${task} is not due before ${rfc3339(row.nextRunAtUs)}`, {
    code: 'NOT_DUE', endpoint, details: {nextRunAt: rfc3339(row.nextRunAtUs), state: row.status, holder: row.podId},
    hint: `Wait for it: ctl task wait ${task} --for due`,
  })
}

/** A first claim that met another one of the same moment. */
export function lostTo(task: string, other: TaskRow, nowUs: bigint, endpoint: string): ConflictError {
  return new ConflictError(`${task} was claimed by ${other.podId} at the same moment; ours is given up`, {
    code: 'CLAIM_LOST', endpoint, details: heldDetails(other, nowUs),
    hint: 'Our row stays until the winner\'s next update, which replaces both.',
  })
}

export function reserved(): ConflictError {
  return new ConflictError(`${fenceTask} is the fence row of first claims, not a task`, {code: 'FENCE'})
}
