import * as Flags from '@oclif/core/flags'
import {ContextCommand} from './context-command.ts'
import type {System} from './context/schema.ts'
import type {Finding} from './doctor/finding.ts'
import {confirm} from './prompt.ts'
import {Exit} from '../clients/net/errors.ts'
import {findingView} from '../format/views/doctor.ts'

export const doctorFlags = {
  bundle: Flags.string({
    summary: 'Write the report with the settings, without secrets, to a new file', helpValue: 'file',
  }),
  yes: Flags.boolean({char: 'y', env: 'OPSDECK_YES', summary: 'Write the bundle without asking'}),
}

/** Systems are asked one after the other; one that is frozen must not hold up the rest for long. */
const longestMs = 5_000

/** What the doctors of `ctl` and `tael` do. */
export abstract class DoctorCommand extends ContextCommand {
  protected async diagnose(systems: readonly System[]): Promise<void> {
    const {examine} = await import('./doctor/run.ts')
    const opened = await this.openTools()
    const tools = {...opened, timeoutMs: Math.min(opened.timeoutMs, longestMs), signal: this.signal}
    const rows = await examine(tools, await this.loadFile(), systems)
    await this.print(findingView, rows)
    const path = this.shared['bundle'] as string | undefined
    if (path !== undefined) await this.#bundle(path, rows)
    const failed = rows.filter(({state}) => state === 'fail').length
    if (failed > 0) this.leave(Exit.failure, `${failed} of ${rows.length} checks failed`)
  }

  async #bundle(path: string, rows: Finding[]): Promise<void> {
    const {bundleContents, makeBundle, writeBundle} = await import('./doctor/bundle.ts')
    const argv = [this.config.bin, ...(this.id ?? '').split(':'), ...this.argv]
    const bundle = makeBundle(await this.settings(), rows, {
      nowMs: this.io.clock.nowMs(), version: this.config.version, argv,
    })
    this.io.stderr.write(`${path} will hold:\n${bundleContents(bundle).map(line => `  ${line}\n`).join('')}`)
    await confirm(this.io, {
      what: `write ${path}`, name: path, typed: false, yes: this.shared.yes ?? false, confirm: undefined,
    })
    await writeBundle(path, bundle)
    this.note(`${path} written`)
  }
}
