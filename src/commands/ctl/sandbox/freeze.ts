import {SandboxCommand, targetArg} from '../../../cli/sandbox-command.ts'

export default class SandboxFreeze extends SandboxCommand {
  static override summary = 'Freeze a server of the running sandbox: it takes connections and never answers'
  static override description = 'As SIGSTOP does. Revived, it answers what it was asked meanwhile.'
  static override examples = ['<%= config.bin %> sandbox freeze tael/shard-a']
  static override args = {target: targetArg()}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(SandboxFreeze)
    await this.act(flags.name, args.target, 'freeze')
  }
}
