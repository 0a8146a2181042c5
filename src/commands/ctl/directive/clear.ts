import {changing} from '../../../cli/command.ts'
import {DirectiveCommand, setChangeFlags} from '../../../cli/directive-command.ts'

export default class DirectiveClear extends DirectiveCommand {
  static override summary = 'Switch all directives off: publish the empty set'
  static override description =
    'The key in etcd is never deleted: a proxy that is cut off at that moment would keep the old set for good.'
  static override examples = ['<%= config.bin %> directive clear --yes --reason "INC-7 is over"']
  static override flags = {'if-version': setChangeFlags['if-version'], verify: setChangeFlags.verify, ...changing}

  async run(): Promise<void> {
    const {flags} = await this.parse(DirectiveClear)
    const {client} = await this.directives()
    const change = await client.plan({kind: 'clear'}, {
      action: 'clear', target: 'directives', reason: flags.reason, ifVersion: flags['if-version'], verify: flags.verify,
    }, this.signal)
    await this.settle(await this.apply(change))
  }
}
