import * as Flags from '@oclif/core/flags'
import {arg, durationOr} from '../../../../cli/flags.ts'
import {keyEncodingFlag, RaftKvCommand, showFlags} from '../../../../cli/raft-kv-command.ts'
import {checkWatchPrefix} from '../../../../clients/raft/kv-limits.ts'
import {showBytes} from '../../../../clients/raft/value.ts'
import {watchKeys} from '../../../../clients/raft/watch.ts'
import {toJson} from '../../../../format/json.ts'
import {kvEvent, kvEventLine} from '../../../../format/views/raft-kv.ts'

export default class RaftKvWatch extends RaftKvCommand {
  static override summary = 'Follow the keys of a folder: what is there, then every change'
  static override description =
    'It begins with a snapshot (present, then watching) to which the changes after it fit without a hole. When the ' +
    'watch breaks it says gap, opens it anew at the leader, and tells what differs, found by a scan; changes in ' +
    'between may then be missing, their result is not. A key that expires makes no event: the next scan finds it gone.'
  static override examples = [
    '<%= config.bin %> raft kv watch /app/', '<%= config.bin %> raft kv watch /app/ -o jsonl',
    '<%= config.bin %> raft kv watch /locks/deploy --exact --previous',
  ]
  static override args = {prefix: arg('prefix', 'Folder: it begins and ends with a slash; any key with --exact')}
  static override flags = {
    exact: Flags.boolean({summary: 'Watch the one key of this name'}),
    previous: Flags.boolean({summary: 'Show what was there before, when it was not empty'}),
    'scan-every': durationOr(30_000, '30s', {summary: 'How often to compare with a scan of it all; 0 for never'}),
    ...keyEncodingFlag, ...showFlags,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(RaftKvWatch)
    this.allowFormats('table', 'jsonl')
    this.stopOnSignals()
    const key = this.key(args.prefix)
    if (!flags.exact) checkWatchPrefix(key)
    const {reader, leader, areLeasesOn} = await this.kv()
    const {clock, random} = this.io
    const note = (text: string) => this.note(`warning: ${text}`)
    const target = {key, isPrefix: !flags.exact, withPrevious: flags.previous}
    const tools = {reader, leader, areLeasesOn, clock, random, note, reconcileMs: flags['scan-every']}
    for await (const record of watchKeys(target, tools, this.signal)) {
      const event = kvEvent(record, this.io.clock.nowMs(), showBytes, bytes => showBytes(bytes, flags.encoding))
      await this.write(this.shared.output === 'table' ? kvEventLine(event, this.page) : `${toJson(event)}\n`)
    }
  }
}
