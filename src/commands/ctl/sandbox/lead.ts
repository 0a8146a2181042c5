import {SandboxCommand, targetArg} from '../../../cli/sandbox-command.ts'

export default class SandboxLead extends SandboxCommand {
  static override summary = 'Make a node of the running sandbox the leader of its group'
  static override description =
    'At once, and with a higher epoch. Real groups of tael have no such command: the smallest node id alive leads.'
  static override examples = ['<%= config.bin %> sandbox lead tael/shard-a-standby']
  static override args = {target: targetArg()}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(SandboxLead)
    await this.act(flags.name, args.target, 'lead')
  }
}
