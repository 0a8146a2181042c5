import * as Flags from '@oclif/core/flags'
import {ContextCommand} from '../../../cli/context-command.ts'
import {checkContext} from '../../../cli/context/check.ts'
import {optionalArg} from '../../../cli/flags.ts'
import {Exit} from '../../../clients/net/errors.ts'
import {checkView} from '../../../format/views/context.ts'

export default class ContextValidate extends ContextCommand {
  static override summary = 'Check a context: keys, secrets, file mode, and with --connect that each system answers'
  static override examples = ['<%= config.bin %> context validate', '<%= config.bin %> context validate prod --connect']
  static override args = {name: optionalArg('name', 'Name of the context; the current one by default')}
  static override flags = {connect: Flags.boolean({summary: 'Open a connection to every address'})}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(ContextValidate)
    const loaded = await this.loadFile()
    if (args.name !== undefined) this.shared.context = this.existing(loaded, args.name)
    const rows = await checkContext(await this.settings(), loaded, {
      connect: flags.connect, timeoutMs: this.shared['connect-timeout'], clock: this.io.clock,
    })
    await this.print(checkView, rows)
    const failed = rows.filter(row => row.state === 'fail')
    if (failed.length === 0) return
    const isSilent = failed.some(row => row.check.startsWith('connect'))
    this.leave(isSilent ? Exit.unreachable : Exit.usage, `failed: ${failed.map(row => row.check).join(', ')}`)
  }
}
