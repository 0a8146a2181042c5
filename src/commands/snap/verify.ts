import * as Flags from '@oclif/core/flags'
import {checkedBy} from '../../clients/artifact/unpack.ts'
import {boundMemory} from '../../cli/bounded-memory.ts'
import {arg} from '../../cli/flags.ts'
import {SnapCommand} from '../../cli/snap-command.ts'
import {verifiedView} from '../../format/views/artifact.ts'

export default class SnapVerify extends SnapCommand {
  static override summary = 'Verify an artifact folder, or with --remote the stored one without keeping it'
  static override description = 'Exit 11 when it is not whole.'
  static override examples = ['<%= config.bin %> verify ./export', '<%= config.bin %> verify edge/latest --remote']
  static override args = {artifact: arg('artifact', 'A folder, or a key with --remote')}
  static override flags = {remote: Flags.boolean({summary: 'The argument is a key of the store'})}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(SnapVerify)
    this.stopOnSignals()
    boundMemory()
    const onProgress = this.progress('verify', args.artifact)
    if (flags.remote) {
      const client = await this.artifacts()
      const located = await client.locate(args.artifact, this.signal)
      const verified = await client.verifyRemote(located, {signal: this.signal, onProgress})
      const {manifest} = located
      return this.show(verifiedView, {
        artifact: args.artifact,
        verified: true,
        rank: manifest.cursor.rank,
        ...verified,
        checked: checkedBy(manifest),
      })
    }
    const {verifyLocal} = await import('../../clients/artifact/client.ts')
    const {manifest, verified} = await verifyLocal(args.artifact, onProgress, this.signal)
    await this.show(verifiedView, {
      artifact: args.artifact,
      verified: true,
      rank: manifest.cursor.rank,
      ...verified,
      checked: checkedBy(manifest),
    })
  }
}
