import {boundMemory} from '../../cli/bounded-memory.ts'
import {arg} from '../../cli/flags.ts'
import {goesOn, SnapCommand} from '../../cli/snap-command.ts'
import {verifiedView} from '../../format/views/artifact.ts'
import {checkedBy} from '../../clients/artifact/unpack.ts'

export default class SnapPull extends SnapCommand {
  static override summary = 'Fetch the newest artifact of a key into a new folder, fully verified'
  static override description =
    'The folder appears whole or not at all. A pull that was stopped or killed goes on where it was when the same ' +
    'command is run again; what is there is hashed again.'
  static override examples = ['<%= config.bin %> pull edge/latest ./restore']
  static override args = {key: arg('key', 'Artifact key'), dest: arg('dest', 'Folder to make; absent or empty')}

  async run(): Promise<void> {
    const {args} = await this.parse(SnapPull)
    this.stopOnSignals()
    boundMemory()
    const client = await this.artifacts()
    const located = await client.locate(args.key, this.signal)
    const verified = await client.pull(located, args.dest, {
      signal: this.signal,
      onProgress: this.progress('pull', args.key, goesOn),
    })
    const {cursor} = located.manifest
    await this.show(verifiedView, {
      artifact: args.dest,
      verified: true,
      rank: cursor.rank,
      ...verified,
      checked: checkedBy(located.manifest),
    })
  }
}
