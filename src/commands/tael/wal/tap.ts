import * as Flags from '@oclif/core/flags'
import {OpsCommand} from '../../../cli/command.ts'
import {count, countOr} from '../../../cli/flags.ts'
import {TapPrinter} from '../../../cli/tap-printer.ts'
import {startTap, tapRefusal} from '../../../clients/tael/wal-tap.ts'

const host = '127.0.0.1'

export default class WalTap extends OpsCommand {
  static override summary = 'Receive a leader\'s frames as a standby would, for a lab or a maintenance window'
  static override description =
    `This can harm a production cluster. Prefer: tael wal tail (on the node), tael tail traces|logs (from afar).

- The leader must be restarted with this address in TAEL_WAL_STANDBYS, and asks each standby in turn on every write:
  while this program or the network to it is slow, every write of the leader waits, up to 30 s.
- If the leader needs this tap's answer, one missed answer leaves it slow until its next restart.
- It fences nothing and keeps nothing: an answer 202 from here is not a copy.
- After it stops, the leader goes on trying with each write, which costs little while the port is closed.

So it starts only when told the leader's TAEL_WAL_REQUIRED_ACKS and the number of its real standbys, and only
when no write can depend on it. It listens on loopback alone.`
  static override examples = [
    '<%= config.bin %> wal tap --port 7799 --required-acks 0 --standbys 0',
    '<%= config.bin %> wal tap --port 7799 --required-acks 1 --standbys 2 -o jsonl',
  ]
  static override flags = {
    port: countOr(7799, {max: 65_535, summary: 'Port to listen on; 0 takes a free one', helpValue: 'port'}),
    'required-acks': count({summary: 'TAEL_WAL_REQUIRED_ACKS of the leader (its default is all standbys)'}),
    standbys: count({summary: 'Real standbys in TAEL_WAL_STANDBYS, without this tap'}),
    frames: Flags.boolean({summary: 'Whole frames, not the records in them'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(WalTap)
    this.allowFormats('table', 'jsonl')
    const refusal = tapRefusal({requiredAcks: flags['required-acks'], standbys: flags.standbys, host})
    if (refusal) throw refusal
    this.stopOnSignals()
    const tap = await startTap({host, port: flags.port}, this.io.clock.nowMs, this.signal)
    this.note(`listening: TAEL_WAL_STANDBYS=http://${host}:${tap.port}`)
    const printer = await TapPrinter.create({
      frames: flags.frames, jsonl: this.shared.output === 'jsonl', page: this.page,
      write: text => this.write(text), note: text => this.note(text),
    })
    for await (const item of tap.items) await printer.print(item)
  }
}
