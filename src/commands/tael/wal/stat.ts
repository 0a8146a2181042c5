import * as Flags from '@oclif/core/flags'
import {OpsCommand} from '../../../cli/command.ts'
import {walDir} from '../../../cli/wal-dir.ts'
import {loadUnpackr} from '../../../clients/tael/wal-frame.ts'
import {damageError, statSegments, type SegmentStat} from '../../../clients/tael/wal-inspect.ts'
import {size} from '../../../format/units.ts'
import {walStatView} from '../../../format/views/wal.ts'

export default class WalStat extends OpsCommand {
  static override summary = 'Segments of a write-ahead log: frames, real and apparent size, age, damage'
  static override description = 'Reads every frame and checks its checksum. Exit 11 when damage is found.'
  static override examples = ['<%= config.bin %> wal stat --dir /var/lib/tael/wal_files']
  static override flags = {
    dir: Flags.string({summary: 'WAL directory of the server (TAEL_WAL_DIR)', helpValue: 'path'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(WalStat)
    const dir = walDir(flags.dir, await this.settings(), this.io.env)
    const segments: SegmentStat[] = []
    for await (const segment of statSegments(dir, await loadUnpackr())) segments.push(segment)
    const sum = (get: (segment: SegmentStat) => number) => segments.reduce((total, each) => total + get(each), 0)
    const realBytes = sum(each => each.realBytes)
    const apparentBytes = sum(each => each.apparentBytes)
    await this.print(walStatView(this.io.clock.nowMs()), segments, {dir, realBytes, apparentBytes})
    this.note(`${segments.length} segments, ${size(realBytes)} on disk, ${size(apparentBytes)} apparent`)
    const damaged = sum(each => each.damaged)
    if (damaged > 0) throw damageError(dir, damaged)
    this.leaveIfEmpty(segments)
  }
}
