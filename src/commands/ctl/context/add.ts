import * as Flags from '@oclif/core/flags'
import {assign, checkName, ContextCommand, makeCurrent} from '../../../cli/context-command.ts'
import {arg, words} from '../../../cli/flags.ts'
import {UsageError} from '../../../clients/net/errors.ts'

export default class ContextAdd extends ContextCommand {
  static override summary = 'Add a context: where the systems are'
  static override description =
    'Secrets are references: env://NAME, file:///path, exec://command. See: ctl help contexts'
  static override examples = [
    '<%= config.bin %> context add local tael.url=http://127.0.0.1:7701',
    '<%= config.bin %> context add prod tael.url=https://tael.example tael.apiKey=env://TAEL_KEY danger=true --use',
  ]
  static override args = {name: arg('name', 'Name of the context'), settings: words('settings', 'key=value …')}
  static override flags = {use: Flags.boolean({summary: 'Make it the current one; the first one always is'})}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(ContextAdd)
    const name = checkName(args.name)
    const path = await this.edit(document => {
      if (document.hasIn(['contexts', name])) throw new UsageError(`context "${name}" exists`, {
        hint: `Change it with: ctl context set ${name} key=value`,
      })
      const isFirst = document.get('current') === undefined
      document.setIn(['contexts', name], document.createNode({}))
      assign(document, name, args.settings ?? [])
      if (flags.use || isFirst) makeCurrent(document, name)
    })
    this.note(`context ${name} added to ${path}`)
  }
}
