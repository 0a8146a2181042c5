import {changing} from '../../../../cli/command.ts'
import {arg} from '../../../../cli/flags.ts'
import {hideFlag, keyEncodingFlag, RaftKvCommand} from '../../../../cli/raft-kv-command.ts'

export default class RaftKvDelete extends RaftKvCommand {
  static override summary = 'Delete a key'
  static override description = 'Deleting what is not there succeeds too. A lost answer is read back, as with put.'
  static override examples = [
    '<%= config.bin %> raft kv delete /app/config --dry-run', '<%= config.bin %> raft kv delete /app/config --yes',
  ]
  static override args = {key: arg('key', 'Key')}
  static override flags = {...keyEncodingFlag, ...hideFlag, ...changing}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(RaftKvDelete)
    this.stopOnSignals()
    const kv = await this.kv()
    await this.settle(await kv.planDelete(this.key(args.key), {hide: flags['hide-value']}, this.signal))
  }
}
