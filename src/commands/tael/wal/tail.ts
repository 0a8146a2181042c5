import * as Flags from '@oclif/core/flags'
import {boundMemory} from '../../../cli/bounded-memory.ts'
import {OpsCommand} from '../../../cli/command.ts'
import {walDir} from '../../../cli/wal-dir.ts'
import {WalPrinter} from '../../../cli/wal-printer.ts'
import {topicFolder} from '../../../clients/tael/wal-directory.ts'
import {walSignals} from '../../../clients/tael/wal-frame.ts'
import {parseStart} from '../../../clients/tael/wal-position.ts'
import {tailWal, walTopics} from '../../../clients/tael/wal-tail.ts'

export default class WalTail extends OpsCommand {
  static override summary = 'Read a server\'s write-ahead log, and follow it while the server writes'
  static override description =
    "Reads the files on the server's machine and nothing else: it takes no lock, writes nothing, and costs the server "
    + "nothing. Every record's checksum holds; damaged places are told and passed over. On a standby it shows what was "
    + "replicated. Ends with the position to go on from."
  static override examples = [
    '<%= config.bin %> wal tail --dir /var/lib/tael/wal_files -f',
    '<%= config.bin %> wal tail --signal logs --service payments --grep timeout',
    '<%= config.bin %> wal tail --from 1795219200000:618 --frames -o jsonl',
  ]
  static override flags = {
    dir: Flags.string({summary: 'WAL directory of the server (TAEL_WAL_DIR)', helpValue: 'path'}),
    follow: Flags.boolean({char: 'f', summary: 'Go on while the server writes, until Ctrl-C'}),
    from: Flags.string({summary: 'start, now, or a position; with -f the default is now', helpValue: 'position'}),
    topic: Flags.option({
      options: walTopics, default: 'tael_wal' as const, summary: 'The log, or one of the live buses beside it',
    })(),
    frames: Flags.boolean({summary: 'Whole frames: position, signal, size, checksum; not the records in them'}),
    signal: Flags.option({
      options: walSignals, helpGroup: 'FILTER', multiple: true, multipleNonGreedy: true,
      summary: 'Only these; repeat it',
    })(),
    service: Flags.string({helpGroup: 'FILTER', summary: 'Only records of this service', helpValue: 'name'}),
    grep: Flags.string({
      helpGroup: 'FILTER', summary: 'Only records whose JSON matches this regular expression', helpValue: 'regex',
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(WalTail)
    this.allowFormats('table', 'wide', 'jsonl')
    const folder = await topicFolder(walDir(flags.dir, await this.settings(), this.io.env), flags.topic)
    const from = parseStart(flags.from ?? (flags.follow ? 'now' : 'start'))
    this.stopOnSignals()
    boundMemory()
    const printer = new WalPrinter({
      ...flags, jsonl: this.shared.output === 'jsonl', positions: this.shared.output === 'wide', page: this.page,
      write: text => this.write(text), note: text => this.note(text),
    })
    for await (const item of tailWal(
      folder, {topic: flags.topic, from, follow: flags.follow}, this.io.clock, this.signal,
    )) {
      await printer.print(item)
    }
    await printer.end()
    if (printer.records === 0 && !flags.follow) this.leaveIfEmpty([])
  }
}
