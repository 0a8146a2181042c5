import {artifactRow} from '../../clients/artifact/overview.ts'
import {arg} from '../../cli/flags.ts'
import {SnapCommand} from '../../cli/snap-command.ts'
import {artifactCard} from '../../format/views/artifact.ts'

export default class SnapShow extends SnapCommand {
  static override summary = 'Show the newest artifact of a key: position, files, layout, what is stored'
  static override examples = ['<%= config.bin %> show edge/latest', '<%= config.bin %> show edge/latest -o json']
  static override args = {key: arg('key', 'Artifact key')}

  async run(): Promise<void> {
    const {args} = await this.parse(SnapShow)
    const client = await this.artifacts()
    const located = await client.locate(args.key, this.signal)
    const {payloads, bytes} = await client.usage(args.key, this.signal)
    await this.show(artifactCard, {...artifactRow(located), payloads, payloadBytes: bytes})
  }
}
