import * as Flags from '@oclif/core/flags'
import {changing, OpsCommand} from '../../cli/command.ts'
import {openSources} from '../../cli/dash/sources.ts'
import {Exit} from '../../clients/net/errors.ts'
import {readAll} from '../../ui/once.ts'
import {snapshotData, snapshotText} from '../../ui/snapshot.ts'
import type {Sources} from '../../ui/sources.ts'
import {failures, missingOf, verdict} from '../../ui/verdict.ts'
import type {World} from '../../ui/world.ts'

export default class Dash extends OpsCommand {
  static override summary = 'All systems of the context on one live screen'
  static override description = `Leader, shards, claims and leases, directives, alerts, newest errors, and what happens to them, as it happens.
? shows the keys of each screen. In a pipe, and with --once, it prints one plain picture and ends: with 9 when a system or a
part of one could not be read, with 6 when what --fail-on names is so.`
  static override examples = ['<%= config.bin %> dash', '<%= config.bin %> dash --once -o json', '<%= config.bin %> dash --once --fail-on leader --fail-on shard']
  static override flags = {
    once: Flags.boolean({summary: 'Print one plain picture and end'}),
    'fail-on': Flags.option({
      options: failures, multiple: true, multipleNonGreedy: true,
      summary: 'With --once: end with 6 when no leader is proven or a group is split, a node is down, a lease or claim ran out, an alert fires',
    })(),
    reason: changing.reason, readonly: changing.readonly,
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Dash)
    this.stopOnSignals()
    this.allowFormats('table', 'json')
    const sources: Sources = await openSources(await this.openTools())
    try {
      await this.#once(sources, flags['fail-on'] ?? [])
    } finally {
      await sources.close()
    }
  }

  async #once(sources: Sources, failOn: readonly (typeof failures)[number][]): Promise<void> {
    const {clock} = this.io
    const world = await readAll(sources, () => ({ms: clock.nowMs(), monotonicMs: clock.monotonicMs()}), this.signal)
    if (this.shared.output === 'table') await this.write(snapshotText(world, this.page))
    else await this.document(snapshotData(world, clock.nowMs()))
    this.#leaveAs(world, failOn)
  }

  #leaveAs(world: World, failOn: readonly (typeof failures)[number][]): void {
    const verdicts = failOn.map(failure => verdict(failure, world.sources))
    const met = verdicts.filter(each => each.met)
    if (met.length > 0) this.leave(Exit.conditionMet, met.flatMap(({why}) => why).join('; '))
    const unknown = verdicts.filter(each => each.met === null).map(({failure}) => `${failure}: nobody can say`)
    const missing = [...missingOf(world), ...unknown]
    if (missing.length > 0) this.leave(Exit.partial, `missing: ${missing.join('; ')}`)
  }
}
