import {stat} from 'node:fs/promises'
import {differences} from '../../clients/artifact/compare.ts'
import type {Manifest} from '../../clients/artifact/manifest.ts'
import {arg} from '../../cli/flags.ts'
import {SnapCommand} from '../../cli/snap-command.ts'
import {differenceView} from '../../format/views/artifact.ts'

export default class SnapDiff extends SnapCommand {
  static override summary = 'Compare two artifacts by their manifests: folders or keys of the store'
  static override examples = [
    '<%= config.bin %> diff ./export edge/latest',
    '<%= config.bin %> diff edge/latest edge/previous',
  ]
  static override args = {a: arg('a', 'A folder that exists, or else a key'), b: arg('b', 'The other one')}

  async run(): Promise<void> {
    const {args} = await this.parse(SnapDiff)
    const [before, after] = [await this.#manifest(args.a), await this.#manifest(args.b)]
    this.note(`position ${before.cursor.rank} -> ${after.cursor.rank}`)
    const ranks = {beforeRank: before.cursor.rank, afterRank: after.cursor.rank}
    await this.print(differenceView, differences(before, after), ranks)
  }

  async #manifest(name: string): Promise<Manifest> {
    const isFolder = (await stat(name).catch(() => undefined))?.isDirectory()
    if (!isFolder) return (await (await this.artifacts()).locate(name, this.signal)).manifest
    const {openLocalArtifact} = await import('../../clients/artifact/local-artifact.ts')
    return (await openLocalArtifact(name)).manifest
  }
}
