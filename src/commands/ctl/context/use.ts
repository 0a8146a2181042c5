import {ContextCommand, makeCurrent} from '../../../cli/context-command.ts'
import {arg} from '../../../cli/flags.ts'

export default class ContextUse extends ContextCommand {
  static override summary = 'Make a context the current one; - is the one before'
  static override examples = ['<%= config.bin %> context use prod', '<%= config.bin %> context use -']
  static override args = {name: arg('name', 'Name of the context, or -')}

  async run(): Promise<void> {
    const {args} = await this.parse(ContextUse)
    await this.use(args.name)
  }

  protected async use(wanted: string): Promise<void> {
    const name = this.existing(await this.loadFile(), wanted)
    await this.edit(document => makeCurrent(document, name))
    this.note(`now in context ${name}`)
  }
}
