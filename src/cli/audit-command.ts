import {UsageError} from '../clients/net/errors.ts'
import {auditFile} from './audit.ts'
import {readAudit, type AuditFilter, type AuditLog} from './audit/read.ts'
import {OpsCommand} from './command.ts'
import {parseWindow} from './time-input.ts'

/** What the commands of `ctl audit` share: the log of this account on this machine. */
export abstract class AuditCommand extends OpsCommand {
  /** Says on stderr when lines of the log could not be read. */
  protected async readLog(filter: AuditFilter = {}): Promise<AuditLog> {
    const path = auditFile(this.io)
    if (!path)
      throw new UsageError('no home folder is known, so there is no audit log', {
        hint: 'Set XDG_STATE_HOME to the folder of the state.',
      })
    const log = await readAudit(path, filter)
    if (log.unreadable > 0) this.note(`warning: lines of ${path} that are no records were left out: ${log.unreadable}`)
    this.trace(`audit log ${path}`)
    return log
  }

  protected window(flags: {since?: string; until?: string}): Pick<AuditFilter, 'sinceMs' | 'untilMs'> {
    const nowMs = this.io.clock.nowMs()
    const {lastSeconds, sinceMs, untilMs} = parseWindow(flags, nowMs)
    return {sinceMs: sinceMs ?? (lastSeconds === undefined ? undefined : nowMs - lastSeconds * 1_000), untilMs}
  }
}
