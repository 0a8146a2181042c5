import {ContextCommand} from '../../../cli/context-command.ts'
import {contextProblems} from '../../../cli/context/keys.ts'
import {systems} from '../../../cli/context/schema.ts'
import {contextView} from '../../../format/views/context.ts'

export default class ContextList extends ContextCommand {
  static override summary = 'List the contexts; * is the current one'
  static override examples = ['<%= config.bin %> context list', '<%= config.bin %> context list -o name']

  async run(): Promise<void> {
    await this.parse(ContextList)
    const {config, path, mode} = await this.loadFile()
    if (mode !== undefined && (mode & 0o077) !== 0) {
      this.note(`warning: ${path} can be read by others (mode ${mode.toString(8)}): chmod 600 ${path}`)
    }
    const rows = Object.entries(config.contexts ?? {}).map(([name, context]) => ({
      name, current: name === config.current, danger: context?.danger === true, readonly: context?.readonly === true,
      systems: systems.filter(system => context?.[system] !== undefined), problems: contextProblems(context),
    }))
    await this.print(contextView, rows)
  }
}
