import {randomUUID} from 'node:crypto'
import type {Change, Outcome} from '../clients/net/change.ts'
import {knownError, OpsError, RefusedError} from '../clients/net/errors.ts'
import {diffText} from '../format/diff.ts'
import {escapeControl} from '../format/escape.ts'
import type {Page} from '../format/view.ts'
import {appendAudit} from './audit/append.ts'
import {auditFile, auditRecord, type AuditRecord} from './audit.ts'
import type {Io} from './io.ts'
import {confirm} from './prompt.ts'

export interface ApplyPolicy {
  contextName: string | undefined
  /** The context is marked `danger`: a reason is needed and the target's name must be typed. */
  danger: boolean
  readonly: boolean
  auditRequired: boolean
  yes: boolean
  confirm: string | undefined
  reason: string | undefined
  argv: string[]
}

/**
 * The one place where a planned change becomes a write: read-only, reason, warnings, confirmation and the
 * audit record, in this order. Resolves with the result only when the write is certain to be done.
 */
export async function applyChange<T>(io: Io, change: Change<T>, policy: ApplyPolicy, signal: AbortSignal): Promise<T> {
  refuseByPolicy(change, policy)
  for (const warning of change.warnings) io.stderr.write(`warning: ${escapeControl(warning)}\n`)
  if (change.destructive || policy.danger) {
    await confirm(io, {
      what: `${change.action} ${change.target}${policy.contextName ? ` in context ${policy.contextName}` : ''}`,
      name: change.target,
      typed: policy.danger,
      yes: policy.yes,
      confirm: policy.confirm,
    })
  }
  const audit = auditor(io, change, policy)
  await audit('started')
  const outcome = await change.apply(signal).catch(asOutcome)
  await audit(outcome.state, outcome.state === 'done' ? undefined : said(outcome.error))
  return settled(change, outcome)
}

/** Errors that say nothing are of commands that were stopped. */
function said({message, exit}: OpsError): string {
  return message || `stopped, with exit code ${exit}`
}

/** What `--dry-run` prints: the exact request and the difference that it would make. */
export function dryRunText(change: Change, page: Page): string {
  const condition = change.ifVersion === undefined
    ? 'unconditional'
    : `only if the version is still ${change.ifVersion}`
  const head = `${change.action} ${change.target} (${condition}; nothing was written)`
  const request = change.request.split('\n').map(line => `  ${escapeControl(line)}`).join('\n')
  return `${page.paint('key', head)}\n${request}\n${diffText(change.before, change.after, page)}\n`
}

/** The same as data. */
export function dryRunData(change: Change): Record<string, unknown> {
  const {system, action, target, ifVersion, before, after, request, warnings, destructive} = change
  return {dryRun: true, system, action, target, ifVersion, destructive, before, after, request, warnings}
}

function refuseByPolicy(change: Change, policy: ApplyPolicy): void {
  const where = policy.contextName ? `context ${policy.contextName}` : 'this run'
  if (policy.readonly) throw readOnly(policy.contextName, `${change.action} ${change.target}`)
  if (policy.danger && !policy.reason) {
    throw new RefusedError(`${where} asks for a reason: ${change.action} ${change.target} was not done`, {
      code: 'REASON_REQUIRED',
      hint: 'Say why with --reason "…"; it goes to the audit log.',
    })
  }
}

/** Said before anything is asked of a system, and once more where a change would be applied. */
export function readOnly(contextName: string | undefined, what: string): RefusedError {
  return new RefusedError(`${contextName ? `context ${contextName}` : 'this run'} is read-only: ${what} was not done`, {
    code: 'READ_ONLY', hint: '--dry-run shows what it would do.',
  })
}

type Audit = (outcome: AuditRecord['outcome'], error?: string) => Promise<void>

/** Writes the record, or says that it could not; only a context that requires the audit stops for that. */
function auditor(io: Io, change: Change<unknown>, policy: ApplyPolicy): Audit {
  const file = auditFile(io)
  const id = randomUUID()
  return async (outcome, error) => {
    try {
      if (!file) throw new Error('no home folder is known')
      const facts = {io, id, context: policy.contextName, argv: policy.argv, reason: policy.reason, error}
      await appendAudit(file, auditRecord(change, outcome, facts), {isLasting: policy.auditRequired})
    } catch (cause) {
      if (policy.auditRequired && outcome === 'started') {
        throw new RefusedError('the audit log cannot be written and this context requires it; nothing was changed', {
          code: 'AUDIT_REQUIRED', endpoint: file, cause,
          hint: `Make room, or mend ${file ?? 'the home folder'}; XDG_STATE_HOME names another place.`,
        })
      }
      io.stderr.write(`warning: not in the audit log: ${(cause as Error).message}\n`)
    }
  }
}

function settled<T>(change: Change<T>, outcome: Outcome<T>): T {
  if (outcome.state === 'done') return outcome.result
  if (outcome.state === 'not-done') throw outcome.error
  const what = `whether ${change.action} ${change.target} was done is unknown: ${outcome.error.message}`
  throw new OpsError('OUTCOME_UNKNOWN', outcome.error.exit, what, {
    hint: outcome.hint ?? 'It may have been done. Look before you repeat it.',
    endpoint: outcome.error.endpoint,
    details: outcome.found === undefined ? undefined : {found: outcome.found},
    cause: outcome.error,
  })
}

/** A typed rejection means that nothing was written; anything else is our own fault at an unknown point. */
function asOutcome(error: unknown): Outcome<never> {
  return {state: error instanceof OpsError ? 'not-done' : 'unknown', error: knownError(error)}
}
