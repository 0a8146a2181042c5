import {DirectiveCommand} from '../../../cli/directive-command.ts'
import {arg} from '../../../cli/flags.ts'
import {NotFoundError} from '../../../clients/net/errors.ts'
import {directiveView} from '../../../format/views/directive.ts'

export default class DirectiveGet extends DirectiveCommand {
  static override summary = 'Show one directive'
  static override examples = ['<%= config.bin %> directive get raise-acme']
  static override args = {id: arg('id', 'Directive id')}

  async run(): Promise<void> {
    const {args} = await this.parse(DirectiveGet)
    const {items} = await this.read()
    const item = items.find(({id}) => id === args.id)
    if (!item) {
      const known = items.map(({id}) => id).join(', ')
      throw new NotFoundError(`no directive "${args.id}"`, {hint: known ? `There are: ${known}` : 'The set is empty.'})
    }
    await this.show(directiveView, item)
  }
}
