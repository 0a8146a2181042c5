import {DirectiveCommand} from '../../../cli/directive-command.ts'
import {notices} from '../../../clients/directive/listing.ts'
import {Exit} from '../../../clients/net/errors.ts'
import {directiveView} from '../../../format/views/directive.ts'

export default class DirectiveList extends DirectiveCommand {
  static override summary = 'List the directives with what is known of the time each has left'
  static override description =
    'The certainty says how far the time can be trusted. until: it ends then. at least: not before, since a proxy ' +
    'that restarts or loses etcd starts the time again. unknown: somebody else published it.'
  static override examples = ['<%= config.bin %> directive list', '<%= config.bin %> directive list -o json']

  async run(): Promise<void> {
    await this.parse(DirectiveList)
    const {snapshot, items} = await this.read()
    const {store, version, record, recordState, malformed, differing, missing} = snapshot
    const isOurs = recordState === 'matches' && record
    const published = isOurs
      ? {by: record.by, at: new Date(record.publishedAtMs).toISOString(), reason: record.reason}
      : undefined
    const instancesDiffer = differing !== undefined
    const said = notices(snapshot)
    await this.print(directiveView, items, {store, version, published, malformed, instancesDiffer, notices: said})
    if (malformed) this.leave(Exit.integrity)
    if (differing || missing) this.leave(Exit.partial)
  }
}
