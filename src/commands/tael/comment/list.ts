import {TaelCommand} from '../../../cli/tael-command.ts'
import {traceArg} from '../../../cli/tael-flags.ts'
import {commentView} from '../../../format/views/tael.ts'

export default class CommentList extends TaelCommand {
  static override summary = 'Read the comments on a trace'
  static override examples = ['<%= config.bin %> comment list 35f76ceff3c810b2049457e1371ebd87']
  static override args = {trace: traceArg}

  async run(): Promise<void> {
    const {args} = await this.parse(CommentList)
    await this.answer(await (await this.tael()).comments(args.trace), {member: 'comments'}, commentView)
  }
}
