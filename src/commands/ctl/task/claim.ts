import {changing} from '../../../cli/command.ts'
import {arg} from '../../../cli/flags.ts'
import {fenceFlag, holderFlag, ifVersionFlag, TaskCommand} from '../../../cli/task-command.ts'

export default class TaskClaim extends TaskCommand {
  static override summary = 'Claim a task when it is due and nobody holds it'
  static override description =
    'A claim does not renew: anybody may take it over after 30 minutes.\n\n' +
    'The first claim of a task that has no row yet needs a guard, since an engine that read "no row" adds its own ' +
    'without looking. With --fence (or tasks.fence) the claim also rewrites a row ctl_fence, which makes such an ' +
    'engine fail: exactly one wins. Without it the table is watched for a second after the claim, and we give way ' +
    'to a second winner; an engine that is slower than that is not seen.'
  static override examples = [
    '<%= config.bin %> task claim trace_optimize',
    '<%= config.bin %> task claim trace_optimize --reason "manual run" --dry-run',
  ]
  static override args = {task: arg('task', 'Task name')}
  static override flags = {...holderFlag, ...fenceFlag, ...ifVersionFlag, ...changing}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(TaskClaim)
    const tasks = await this.tasks()
    await this.settle(
      await tasks.planClaim(args.task, {holder: this.holder, ifVersion: flags['if-version']}, this.signal),
    )
  }
}
