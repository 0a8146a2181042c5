import * as Flags from '@oclif/core/flags'
import {DirectiveCommand} from '../../../cli/directive-command.ts'
import {directivesFrom} from '../../../cli/directive-input.ts'
import {arg} from '../../../cli/flags.ts'
import {diffSets} from '../../../clients/directive/diff.ts'
import {Exit} from '../../../clients/net/errors.ts'
import {differenceView} from '../../../format/views/directive.ts'

export default class DirectiveDiff extends DirectiveCommand {
  static override summary = 'Compare the set of a file with the one in force, apart from the time left'
  static override examples = [
    '<%= config.bin %> directive diff set.json',
    '<%= config.bin %> directive diff set.json --exit-code',
  ]
  static override args = {file: arg('file', 'File with a set, - for stdin')}
  static override flags = {'exit-code': Flags.boolean({summary: 'Exit 1 when they differ'})}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(DirectiveDiff)
    const wanted = await directivesFrom(this.io, args.file, undefined, await this.policy())
    const {items} = await this.read()
    const differences = diffSets(items, wanted)
    await this.print(differenceView, differences)
    if (flags['exit-code'] && differences.some(({change}) => change !== 'same')) {
      this.leave(Exit.failure, 'the sets differ')
    }
  }
}
