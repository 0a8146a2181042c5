import {DirectiveCommand} from '../../../cli/directive-command.ts'
import {arg} from '../../../cli/flags.ts'
import {readExplain} from '../../../clients/directive/proxy-api.ts'
import {Exit, NotFoundError} from '../../../clients/net/errors.ts'
import {explainView} from '../../../format/views/proxy.ts'

export default class DirectiveExplain extends DirectiveCommand {
  static override summary = 'Show what one request went through, as the instance that answered it explains it'
  static override description =
    'The id is the x-request-id of the answer. Ids repeat between instances: without --instance all are asked, and ' +
    'each that knows such a request is shown. An instance keeps its last 1024 requests.'
  static override examples = ['<%= config.bin %> directive explain req-109 --instance http://127.0.0.1:8080']
  static override args = {request: arg('request', 'Request id')}

  async run(): Promise<void> {
    const {args} = await this.parse(DirectiveExplain)
    const {items, failed} = await this.fanOut(async instance => {
      const found = await readExplain(instance, args.request, this.signal).catch(notThere)
      return found ? [{instance: instance.name, ...found}] : []
    })
    if (items.length === 0) {
      throw new NotFoundError(`no instance knows a request ${args.request}`, {code: 'UNKNOWN_REQUEST'})
    }
    if (items.length === 1) await this.show(explainView, items[0]!)
    else await this.print(explainView, items)
    if (failed.length > 0) this.leave(Exit.partial)
  }
}

function notThere(error: unknown): undefined {
  if (!(error instanceof NotFoundError)) throw error
}
