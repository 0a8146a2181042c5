import {changing} from '../../../cli/command.ts'
import {DirectiveCommand, keepSecs, setChangeFlags} from '../../../cli/directive-command.ts'
import {arg} from '../../../cli/flags.ts'

export default class DirectiveRevoke extends DirectiveCommand {
  static override summary = 'Take one directive out of the set'
  static override description = 'The others are written again with the time that they have left.'
  static override examples = [
    '<%= config.bin %> directive revoke raise-acme',
    '<%= config.bin %> directive revoke raise-acme --dry-run',
  ]
  static override args = {id: arg('id', 'Directive id')}
  static override flags = {...setChangeFlags, ...changing}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(DirectiveRevoke)
    const {client} = await this.directives()
    const change = await client.plan({kind: 'revoke', ids: [args.id]}, {
      action: 'revoke', target: args.id, reason: flags.reason, ifVersion: flags['if-version'], verify: flags.verify,
      keepTtlSecs: keepSecs(flags['keep-ttl']),
    }, this.signal)
    await this.settle(await this.apply(change))
  }
}
