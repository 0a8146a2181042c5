import {SandboxCommand, targetArg} from '../../../cli/sandbox-command.ts'

export default class SandboxKill extends SandboxCommand {
  static override summary = 'Kill a server of the running sandbox: it refuses connections until it is revived'
  static override description =
    'As kill -9 does: its connections are cut, and what it kept only in memory (counters, alert events) is lost.'
  static override examples = ['<%= config.bin %> sandbox kill tael/shard-a']
  static override args = {target: targetArg()}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(SandboxKill)
    await this.act(flags.name, args.target, 'kill')
  }
}
