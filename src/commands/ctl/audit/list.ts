import * as Flags from '@oclif/core/flags'
import {AuditCommand} from '../../../cli/audit-command.ts'
import {countOr} from '../../../cli/flags.ts'
import {auditView} from '../../../format/views/audit.ts'

export default class AuditList extends AuditCommand {
  static override summary = 'List what was changed from here, by whom and why'
  static override description = `Each change of tael, ctl and snap by this account on this machine, oldest first. \
"unknown": it may have been done, or the command was killed before it could say. The log is audit.jsonl in the state \
folder; full files stand beside it.`
  static override examples = [
    '<%= config.bin %> audit list --since 2h',
    '<%= config.bin %> audit list --outcome unknown -o json',
    '<%= config.bin %> audit list --command "task claim" --operator ops --in-context prod',
  ]
  static override flags = {
    since: Flags.string({summary: 'Begun since then: 15m, 2h, 10:00, yesterday, 2026-11-21T10:00Z', helpValue: 'when'}),
    until: Flags.string({summary: 'Begun before then', helpValue: 'when'}),
    command: Flags.string({summary: 'Words of the command line, as "task claim"', helpValue: 'words'}),
    'in-context': Flags.string({summary: 'In this context', helpValue: 'name'}),
    operator: Flags.string({summary: 'By this operator', helpValue: 'name'}),
    target: Flags.string({summary: 'Of this task, key or id', helpValue: 'name'}),
    outcome: Flags.option({options: ['done', 'not-done', 'unknown'] as const, summary: 'How it ended'})(),
    limit: countOr(100, {min: 1, summary: 'At most so many, the newest'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(AuditList)
    const {command, operator, target, outcome, limit} = flags
    const {entries} = await this.readLog({
      ...this.window(flags),
      command,
      operator,
      target,
      outcome,
      context: flags['in-context'],
    })
    if (entries.length > limit) this.note(`the newest ${limit} of ${entries.length}: see --limit and --since`)
    await this.print(auditView, entries.slice(-limit))
  }
}
