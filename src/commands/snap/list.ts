import {artifactRow, unreadableRow, type ArtifactRow} from '../../clients/artifact/overview.ts'
import {SnapCommand} from '../../cli/snap-command.ts'
import {artifactView} from '../../format/views/artifact.ts'

export default class SnapList extends SnapCommand {
  static override summary = 'List the artifacts of the store: one line a key'
  static override examples = ['<%= config.bin %> list', '<%= config.bin %> list -o wide']

  async run(): Promise<void> {
    await this.parse(SnapList)
    const client = await this.artifacts()
    const rows: ArtifactRow[] = []
    for await (const key of client.list(this.signal)) {
      rows.push(await client.locate(key, this.signal).then(artifactRow, error => unreadableRow(key, error)))
    }
    await this.print(artifactView, rows)
  }
}
