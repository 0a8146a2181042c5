import * as Flags from '@oclif/core/flags'
import {countOr, duration} from '../../cli/flags.ts'
import {ShardsCommand} from '../../cli/shards-command.ts'

export default class Shards extends ShardsCommand {
  static override summary = 'Every node of every shard: health, leader, epoch, version, latency, ingest'
  static override description =
    'Asks each node itself, never the query tier. The verdict of a group is ok (one leader), no-leader, split (two or '
    + 'more), uncoordinated (no election, which is normal) or unknown. A bad one is only told when it lasts 3 s, since '
    + 'a change of leader looks the same. Exit 9 when a node is down or a group is not well, 4 when none answers.\n'
    + 'With --server it looks at that one node. With --watch, -o json and jsonl give one line a look: items (nodes) '
    + 'and groups.'
  static override examples = [
    '<%= config.bin %> shards', '<%= config.bin %> shards --watch 2s', '<%= config.bin %> shards -o json',
  ]
  static override flags = {
    watch: duration({
      summary: 'Look again each so often, until Ctrl-C', minMs: 500,
      minWhy: 'each look asks five questions of every node',
    }),
    count: countOr(0, {summary: 'With --watch, stop after so many looks, with the exit code of the last; 0 goes on'}),
    once: Flags.boolean({summary: 'One look: a verdict may then be a change of leader under way'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Shards)
    const watch = await this.watchNodes()
    if (flags.watch !== undefined) return this.follow(watch, flags.watch, flags.count)
    await this.printStatus(await (flags.once ? watch.look() : watch.settle()))
  }
}
