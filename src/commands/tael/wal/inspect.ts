import {OpsCommand} from '../../../cli/command.ts'
import {arg} from '../../../cli/flags.ts'
import {loadUnpackr} from '../../../clients/tael/wal-frame.ts'
import {damageError, inspectSegment, type WalEntry} from '../../../clients/tael/wal-inspect.ts'
import {walEntryView} from '../../../format/views/wal.ts'

export default class WalInspect extends OpsCommand {
  static override summary = 'Every entry of one segment file, and what is damaged in it'
  static override description =
    'Goes on behind damaged places as far as entries can be proved by their checksum. Exit 11 when there are any.'
  static override examples = ['<%= config.bin %> wal inspect /var/lib/tael/wal_files/tael-backend/1795219200000']
  static override args = {file: arg('file', 'Segment file')}

  async run(): Promise<void> {
    const {args} = await this.parse(WalInspect)
    const entries: WalEntry[] = []
    for await (const entry of inspectSegment(args.file, await loadUnpackr())) entries.push(entry)
    await this.print(walEntryView, entries)
    const damaged = entries.filter(entry => !entry.intact).length
    if (damaged > 0) throw damageError(args.file, damaged)
    this.leaveIfEmpty(entries)
  }
}
