import {hostname, userInfo} from 'node:os'
import {join} from 'node:path'
import type {Change, Outcome} from '../clients/net/change.ts'
import type {Io} from './io.ts'
import {stateFolder} from './state-folder.ts'

export interface AuditRecord {
  at: string
  id: string
  operator: string
  host: string
  context: string | undefined
  command: string[]
  system: string
  action: string
  target: string
  reason: string | undefined
  ifVersion: string | undefined
  before: unknown
  after: unknown
  /** `started` is written before the write, so that a killed command leaves a trace. */
  outcome: 'started' | Outcome<unknown>['state']
  error: string | undefined
}

/** $XDG_STATE_HOME/opsdeck/audit.jsonl; undefined on a machine without a home. */
export function auditFile(io: Pick<Io, 'env' | 'homeDir'>): string | undefined {
  const folder = stateFolder(io)
  return folder && join(folder, 'audit.jsonl')
}

/** Who is acting: OPSDECK_OPERATOR (set it in CI), else the account's name. */
export function operatorName(env: Io['env']): string {
  if (env['OPSDECK_OPERATOR']) return env['OPSDECK_OPERATOR']
  try {
    return userInfo().username
  } catch {
    return env['USER'] ?? 'unknown'
  }
}

export function auditRecord(
  change: Change<unknown>,
  outcome: AuditRecord['outcome'],
  facts: {io: Io; id: string; context?: string; argv: string[]; reason?: string; error?: string},
): AuditRecord {
  return {
    at: new Date(facts.io.clock.nowMs()).toISOString(),
    id: facts.id,
    operator: operatorName(facts.io.env),
    host: hostname(),
    context: facts.context,
    command: redact(facts.argv),
    system: change.system,
    action: change.action,
    target: change.target,
    reason: facts.reason,
    ifVersion: change.ifVersion === undefined ? undefined : String(change.ifVersion),
    before: change.before,
    after: change.after,
    outcome,
    error: facts.error,
  }
}

const secretFlag = /^--?(api-?key|token|password|secret|creds|key)$/i
const secretWord = /^(--?(?:api-?key|token|password|secret|creds|key)=).*/i
const credentials = /(:\/\/)[^/@\s]*@/g

/** Our flags take references, never secrets; what looks like one is hidden all the same. */
export function redact(argv: string[]): string[] {
  const end = argv.indexOf('--')
  return argv.map((word, at) => {
    if (end >= 0 && at > end) return at === end + 1 ? word : '…'
    if (at > 0 && secretFlag.test(argv[at - 1]!)) return '[hidden]'
    return word.replace(secretWord, '$1[hidden]').replaceAll(credentials, '$1[hidden]@')
  })
}
