import {SandboxCommand, targetArg} from '../../../cli/sandbox-command.ts'

export default class SandboxRevive extends SandboxCommand {
  static override summary = 'Start or thaw a server of the running sandbox; it has its data'
  static override description = 'On the same address as before.'
  static override examples = ['<%= config.bin %> sandbox revive tael/shard-a']
  static override args = {target: targetArg()}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(SandboxRevive)
    await this.act(flags.name, args.target, 'revive')
  }
}
