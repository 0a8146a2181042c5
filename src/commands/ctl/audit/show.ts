import {NotFoundError, UsageError} from '../../../clients/net/errors.ts'
import {AuditCommand} from '../../../cli/audit-command.ts'
import {arg} from '../../../cli/flags.ts'
import {auditView} from '../../../format/views/audit.ts'

export default class AuditShow extends AuditCommand {
  static override summary = 'Show one change with what was before and after'
  static override examples = ['<%= config.bin %> audit show 3fa79b12', '<%= config.bin %> audit show last -o json']
  static override args = {
    id: arg('id', 'Its id as "audit list" shows it, or the first characters of it; last for the newest'),
  }

  async run(): Promise<void> {
    const {args} = await this.parse(AuditShow)
    const {entries} = await this.readLog()
    const found = args.id === 'last' ? entries.slice(-1) : entries.filter(({id}) => id.startsWith(args.id))
    if (found.length > 1)
      throw new UsageError(`${found.length} changes begin with ${args.id}`, {hint: 'Write more of the id.'})
    if (!found[0])
      throw new NotFoundError(`no change ${args.id} is recorded`, {
        code: 'NO_RECORD',
        hint: 'ctl audit list shows those there are.',
      })
    await this.show(auditView, found[0])
  }
}
