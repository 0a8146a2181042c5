import * as Flags from '@oclif/core/flags'
import {arg, count} from '../../../../cli/flags.ts'
import {keyEncodingFlag, RaftKvCommand, showFlags} from '../../../../cli/raft-kv-command.ts'
import {writeBytes} from '../../../../cli/raft-kv-input.ts'
import {NotFoundError} from '../../../../clients/net/errors.ts'
import {consistencies} from '../../../../clients/raft/kv-read.ts'
import {kvItem} from '../../../../clients/raft/value.ts'
import {kvReadView} from '../../../../format/views/raft-kv.ts'

export default class RaftKvGet extends RaftKvCommand {
  static override summary = 'Read a key'
  static override description =
    'linearizable asks the leader, which asks a quorum first; lease trusts its lease; eventual is answered by any ' +
    'node, from what it has applied so far, and works without a quorum. What is no UTF-8 is shown as 0x and hex.\n\n' +
    'A node of d-engine 0.2.4 on its file engine that was killed twice within seconds may lack keys for good, also ' +
    'when it leads, and nothing tells so: compare nodes with --consistency eventual --node N.'
  static override examples = [
    '<%= config.bin %> raft kv get /app/config',
    '<%= config.bin %> raft kv get /app/blob --out blob.bin',
    '<%= config.bin %> raft kv get /app/config --consistency eventual --node 2 -o json',
  ]
  static override args = {key: arg('key', 'Key')}
  static override flags = {
    consistency: Flags.option({
      options: consistencies, default: 'linearizable' as const, summary: 'How fresh it must be',
    })(),
    node: count({min: 1, summary: 'Ask this node only; with eventual, to see what it has'}),
    out: Flags.string({summary: 'Write the bare value to a file; - for stdout', helpValue: 'file|-'}),
    ...keyEncodingFlag, ...showFlags,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(RaftKvGet)
    const key = this.key(args.key)
    const {reader} = await this.kv()
    const {node, values: [value]} = await reader.get([key], flags.consistency, flags.node, this.signal)
    if (value === undefined) {
      const isOld = flags.consistency === 'eventual' ? `; node ${node.id} may lag behind` : ''
      throw new NotFoundError(`there is no key "${args.key}"${isOld}`, {endpoint: node.endpoint})
    }
    if (flags.out === '-') this.io.stdout.write(value)
    else if (flags.out !== undefined) await writeBytes(flags.out, value, this.io.pid)
    else {
      const {consistency, encoding} = flags
      await this.show(kvReadView, {...kvItem(key, value, encoding), node: node.id, consistency})
    }
  }
}
