import {SandboxCommand, targetArg} from '../../../cli/sandbox-command.ts'

export default class SandboxLead extends SandboxCommand {
  static override summary = 'Make a node of the running sandbox the leader of its group'
  static override description = 'The change takes a moment, as a real one does: for a second or two nobody or both may claim to lead.'
  static override examples = ['<%= config.bin %> sandbox lead tael/shard-a-standby']
  static override args = {target: targetArg()}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(SandboxLead)
    await this.act(flags.name, args.target, 'lead')
  }
}
