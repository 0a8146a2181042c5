import * as Flags from '@oclif/core/flags'
import {changing} from '../../../cli/command.ts'
import {DirectiveCommand, endpointFlag, keepSecs, setChangeFlags, whatFlags} from '../../../cli/directive-command.ts'
import {directivesFrom} from '../../../cli/directive-input.ts'
import {optionalArg} from '../../../cli/flags.ts'

export default class DirectivePublish extends DirectiveCommand {
  static override summary = 'Publish directives, from a file or by flags, beside those that are there or in their place'
  static override description =
    'The whole set is checked before anything is sent, more strictly than the proxies do it. Afterwards every ' +
    'instance of the context is asked which set it really applies; --no-verify leaves that out. The proxies know no ' +
    'smaller change than the whole set: those that stay are written again with the time that they have left.'
  static override examples = [
    '<%= config.bin %> directive publish --tenant acme --ttl 10m --ring-buffer --reason INC-7',
    '<%= config.bin %> directive publish set.json --replace --dry-run',
    '<%= config.bin %> directive publish - --if-version 42 < set.json',
  ]
  static override args = {file: optionalArg('file', 'File with a set as the proxy takes it, - for stdin')}
  static override flags = {
    id: Flags.string({helpGroup: 'DIRECTIVE', summary: 'Id; made from level and target by default', helpValue: 'name'}),
    ...whatFlags, ...endpointFlag,
    add: Flags.boolean({helpGroup: 'CHANGE', exclusive: ['replace'], summary: 'Beside what is there (the default)'}),
    replace: Flags.boolean({helpGroup: 'CHANGE', exclusive: ['add'], summary: 'In place of everything that is there'}),
    ...setChangeFlags, ...changing,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(DirectivePublish)
    const directives = await directivesFrom(this.io, args.file, flags, await this.policy())
    const {client} = await this.directives()
    const change = await client.plan({kind: flags.replace ? 'replace' : 'add', directives}, {
      action: 'publish', target: directives.map(({id}) => id).join(',') || 'nothing', reason: flags.reason,
      ifVersion: flags['if-version'], verify: flags.verify, keepTtlSecs: keepSecs(flags['keep-ttl']),
    }, this.signal)
    await this.settle(await this.apply(change))
  }
}
