import * as Flags from '@oclif/core/flags'
import {changing} from '../../../cli/command.ts'
import {arg} from '../../../cli/flags.ts'
import {TaelCommand} from '../../../cli/tael-command.ts'
import {spanFlag, traceArg} from '../../../cli/tael-flags.ts'
import {UsageError} from '../../../clients/net/errors.ts'
import {operatorName} from '../../../cli/audit.ts'
import {commentView} from '../../../format/views/tael.ts'

export default class CommentAdd extends TaelCommand {
  static override summary = 'Comment on a trace, or on one of its spans'
  static override description =
    'The server does not check that the trace exists. A comment whose answer is lost is looked for, never sent twice.'
  static override examples = [
    "<%= config.bin %> comment add 35f76ceff3c810b2049457e1371ebd87 'acquirer timeout, see the status page'",
  ]
  static override args = {trace: traceArg, body: arg('body', 'What to say')}
  static override flags = {
    author: Flags.string({summary: 'Who says it; your account name by default', helpValue: 'name'}),
    ...spanFlag,
    ...changing,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(CommentAdd)
    if (args.body.trim() === '') throw new UsageError('an empty comment says nothing', {
      hint: "Write what was found: tael comment add ID 'text'",
    })
    const author = flags.author ?? operatorName(this.io.env)
    const change = (await this.tael()).planComment({
      traceId: args.trace, body: args.body, author, spanId: flags['span-id'],
    })
    const made = await this.apply(change)
    if (made) await this.report(made, comment => this.show(commentView, comment))
  }
}
