import * as Flags from '@oclif/core/flags'
import {boundMemory} from '../../cli/bounded-memory.ts'
import {changing} from '../../cli/command.ts'
import {arg} from '../../cli/flags.ts'
import {goesOn, SnapCommand} from '../../cli/snap-command.ts'
import {publishedView} from '../../format/views/artifact.ts'

export default class SnapPush extends SnapCommand {
  static override summary = 'Publish an artifact folder; the pointer moves only forward'
  static override description =
    'Each file is hashed from the bytes that are sent; the pointer is swapped under a condition, after the payload. ' +
    'A push that was stopped or killed goes on where it was when the same command is run again.'
  static override examples = [
    '<%= config.bin %> push ./export edge/latest',
    '<%= config.bin %> push ./export edge/latest --dry-run',
  ]
  static override args = {dir: arg('dir', 'Folder with MANIFEST.json and data/'), key: arg('key', 'Artifact key')}
  static override flags = {
    layout: Flags.option({
      options: ['0.6', '0.5'] as const, default: '0.6' as const,
      summary: '0.5 for readers of that crate: overwrites the payload in place, nothing keeps an older publisher out',
    })(),
    'over-newer-schema': Flags.boolean({summary: 'Replace a pointer of a newer schema, whose position cannot be read'}),
    ...changing,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(SnapPush)
    this.stopOnSignals()
    boundMemory()
    const change = await (await this.artifacts()).planPush(args.dir, args.key, {
      layout: flags.layout === '0.5' ? 'fixed' : 'addressed', overNewerSchema: flags['over-newer-schema'],
      onProgress: this.progress('push', args.key, goesOn),
    }, this.signal)
    const published = await this.apply(change)
    if (published) await this.show(publishedView, published)
  }
}
