import {ContextCommand} from '../../../cli/context-command.ts'
import {changing} from '../../../cli/command.ts'
import {arg} from '../../../cli/flags.ts'
import {confirm} from '../../../cli/prompt.ts'

export default class ContextRemove extends ContextCommand {
  static override summary = 'Remove a context from the configuration'
  static override examples = ['<%= config.bin %> context remove old --yes']
  static override args = {name: arg('name', 'Name of the context')}
  static override flags = {yes: changing.yes, confirm: changing.confirm}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(ContextRemove)
    const name = this.existing(await this.loadFile(), args.name)
    await confirm(this.io, {what: `remove context ${name}`, name, typed: false, yes: flags.yes, confirm: flags.confirm})
    await this.edit(document => {
      document.deleteIn(['contexts', name])
      for (const key of ['current', 'previous']) if (document.get(key) === name) document.delete(key)
    })
    this.note(`context ${name} removed`)
  }
}
