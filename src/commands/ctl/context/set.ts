import {assign, ContextCommand} from '../../../cli/context-command.ts'
import {arg, words} from '../../../cli/flags.ts'
import {UsageError} from '../../../clients/net/errors.ts'

export default class ContextSet extends ContextCommand {
  static override summary = 'Change keys of a context; key= removes one'
  static override examples = ['<%= config.bin %> context set local raft.endpoints.1=127.0.0.1:9081 raft.ttl=false']
  static override args = {name: arg('name', 'Name of the context'), settings: words('settings', 'key=value …')}

  async run(): Promise<void> {
    const {args} = await this.parse(ContextSet)
    if (!args.settings?.length) throw new UsageError('nothing to set', {
      hint: 'Write key=value, e.g. tael.url=http://127.0.0.1:7701',
    })
    const name = this.existing(await this.loadFile(), args.name)
    await this.edit(document => assign(document, name, args.settings!))
    this.note(`context ${name} changed`)
  }
}
