import * as Flags from '@oclif/core/flags'
import {changing} from '../../cli/command.ts'
import {arg, durationOr} from '../../cli/flags.ts'
import {SnapCommand} from '../../cli/snap-command.ts'
import {prunedView} from '../../format/views/artifact.ts'

export default class SnapPrune extends SnapCommand {
  static override summary = 'Remove payloads that no reader needs any more'
  static override description =
    'A payload goes when it is not the pointer\'s, its position is below the pointer\'s and it is older than ' +
    'the grace. ' +
    'Without a readable pointer nothing is removed.'
  static override examples = [
    '<%= config.bin %> prune edge/latest --dry-run', '<%= config.bin %> prune edge/latest --grace 6h --uploads --yes',
  ]
  static override args = {key: arg('key', 'Artifact key')}
  static override flags = {
    grace: durationOr(86_400_000, '24h', {
      summary: 'Only what is at least this old; longer than any pull or push may take',
    }),
    uploads: Flags.boolean({summary: 'Also give up unfinished uploads of this key'}),
    legacy: Flags.boolean({summary: 'Also remove the payload of the 0.5 layout, when the newer one is there'}),
    ...changing,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(SnapPrune)
    const client = await this.artifacts()
    const {grace: graceMs, uploads, legacy} = flags
    const pruned = await this.apply(await client.planPrune(args.key, {graceMs, uploads, legacy}, this.signal))
    if (pruned) await this.show(prunedView, pruned)
  }
}
