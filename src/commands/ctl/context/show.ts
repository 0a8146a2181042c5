import * as Flags from '@oclif/core/flags'
import {ContextCommand} from '../../../cli/context-command.ts'
import {resolvedKeys} from '../../../cli/context/resolved.ts'
import {optionalArg} from '../../../cli/flags.ts'
import {originView} from '../../../format/views/context.ts'

export default class ContextShow extends ContextCommand {
  static override summary = 'Show what a run in this context would use, and where each value comes from'
  static override description = 'Secrets are shown as their references, never resolved.'
  static override examples = ['<%= config.bin %> context show --origin', '<%= config.bin %> context show prod -o yaml']
  static override args = {name: optionalArg('name', 'Name of the context; the current one by default')}
  static override flags = {origin: Flags.boolean({
    summary: 'Show where each value comes from; in every output but yaml and json it is always shown',
  })}

  async run(): Promise<void> {
    const {args} = await this.parse(ContextShow)
    if (args.name !== undefined) this.shared.context = this.existing(await this.loadFile(), args.name)
    const settings = await this.settings()
    this.note(settings.context
      ? `context ${settings.context.name} (${settings.configPath})`
      : 'no context: environment and defaults only')
    await this.print(originView, resolvedKeys(settings))
  }
}
