import {SandboxCommand} from '../../../cli/sandbox-command.ts'
import {targetView} from '../../../format/views/sandbox.ts'

export default class SandboxTargets extends SandboxCommand {
  static override summary = 'What of the running sandbox can be killed, frozen, revived or made leader'
  static override examples = ['<%= config.bin %> sandbox targets']

  async run(): Promise<void> {
    const {flags} = await this.parse(SandboxTargets)
    await this.print(targetView, await this.targets(flags.name))
  }
}
