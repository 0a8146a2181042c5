import {optionalArg} from '../../../../cli/flags.ts'
import {keyEncodingFlag, RaftKvCommand, showFlags} from '../../../../cli/raft-kv-command.ts'
import {kvItem} from '../../../../clients/raft/value.ts'
import {kvView} from '../../../../format/views/raft-kv.ts'

export default class RaftKvScan extends RaftKvCommand {
  static override summary = 'List the keys that begin with a prefix'
  static override description =
    'The leader answers, and proves itself afterwards. Any prefix will do, also one without a slash. Without a ' +
    'prefix the file engine lists all keys and the RocksDB engine none. There is no paging: all comes at once.'
  static override examples = ['<%= config.bin %> raft kv scan /app/', '<%= config.bin %> raft kv scan /app/ -o jsonl']
  static override args = {prefix: optionalArg('prefix', 'First bytes of the keys; all keys without it')}
  static override flags = {...keyEncodingFlag, ...showFlags}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(RaftKvScan)
    const {reader} = await this.kv()
    const {entries, revision, node} = await reader.scan(this.key(args.prefix ?? ''), this.signal)
    const items = entries.map(({key, value}) => kvItem(key, value, flags.encoding))
    await this.print(kvView, items, {revision, node: node.id})
  }
}
