import * as Flags from '@oclif/core/flags'
import {smallMemory} from '../../cli/bounded-memory.ts'
import {changing, OpsCommand} from '../../cli/command.ts'
import {contextsOf, type Contexts} from '../../cli/dash/contexts.ts'
import {openSources} from '../../cli/dash/sources.ts'
import type {OpenTools} from '../../cli/open/tools.ts'
import {hasColour, hasUnicode} from '../../cli/page.ts'
import {Exit} from '../../clients/net/errors.ts'
import {readAll} from '../../ui/once.ts'
import {snapshotData, snapshotText} from '../../ui/snapshot.ts'
import type {Sources} from '../../ui/sources.ts'
import {failures, missingOf, verdict} from '../../ui/verdict.ts'
import type {World} from '../../ui/world.ts'

export default class Dash extends OpsCommand {
  static override summary = 'All systems of the context on one live screen'
  static override description =
    'Leader, shards, claims and leases, directives, alerts, newest errors, and what happens to them, as it happens.\n'
    + '? shows the keys of each screen. In a pipe, and with --once, it prints one plain picture and ends: '
    + 'with 9 when a system or a\npart of one could not be read, with 6 when what --fail-on names is so.'
  static override examples = [
    '<%= config.bin %> dash', '<%= config.bin %> dash --once -o json',
    '<%= config.bin %> dash --once --fail-on leader --fail-on shard',
  ]
  static override flags = {
    once: Flags.boolean({summary: 'Print one plain picture and end'}),
    'fail-on': Flags.option({
      options: failures, multiple: true, multipleNonGreedy: true,
      summary: 'With --once: end with 6 when no leader is proven or a group is split, a node is down, '
        + 'a lease or claim ran out, an alert fires',
    })(),
    reason: changing.reason, readonly: changing.readonly,
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Dash)
    this.allowFormats('table', 'json')
    const isOnce = flags.once
      || flags['fail-on'] !== undefined
      || this.shared.output !== 'table'
      || !this.io.stdout.isTTY
    if (!isOnce) smallMemory()
    const tools = await this.openTools()
    const sources = await sourcesOf(tools, contextsOf(tools, this.shared), isOnce)
    try {
      if (isOnce) await this.#once(sources, flags['fail-on'] ?? [])
      else {
        this.stopOnSignals()
        await this.#live(sources)
      }
    } finally {
      await sources.close()
    }
  }

  /** A screen, or lines for those who cannot use one. */
  async #live(sources: Sources): Promise<void> {
    const {clock, env, stdout, stdin} = this.io
    const now = () => ({ms: clock.nowMs(), monotonicMs: clock.monotonicMs()})
    const shared = {sources, now, sleep: clock.sleep, unicode: hasUnicode(env), signal: this.signal}
    if (isOn(env['ACCESSIBLE']) || env['TERM'] === 'dumb' || !stdin.isTTY) {
      const {runSpoken} = await import('../../ui/spoken.ts')
      return runSpoken({...shared, write: text => this.write(text)})
    }
    const {runLive} = await import('../../ui/live.ts')
    const mode = this.shared['no-color'] ? 'never' : this.shared.color
    await runLive({...shared, stdout, stdin, colour: hasColour(env, mode, true)})
  }

  async #once(sources: Sources, failOn: readonly (typeof failures)[number][]): Promise<void> {
    const {clock} = this.io
    const now = () => ({ms: clock.nowMs(), monotonicMs: clock.monotonicMs()})
    // There is no next reading: each may take what its requests may.
    const longestMs = this.shared.timeout + this.shared['connect-timeout']
    const world = await readAll(sources, {now, sleep: clock.sleep, longestMs}, this.signal)
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

async function sourcesOf(tools: OpenTools, contexts: Contexts, isOnce = false): Promise<Sources> {
  const switchTo = async (name: string) => sourcesOf(await contexts.tools(name), contexts)
  return {...await openSources(tools, isOnce ? tools.timeoutMs : undefined), contexts: contexts.names, switchTo}
}

const isOn = (value: string | undefined) => value !== undefined && !['', '0', 'false'].includes(value)
