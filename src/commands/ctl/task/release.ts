import {changing} from '../../../cli/command.ts'
import {arg, duration} from '../../../cli/flags.ts'
import {claimedAtFlag, forceFlag, holderFlag, ifVersionFlag, TaskCommand} from '../../../cli/task-command.ts'

export default class TaskRelease extends TaskCommand {
  static override summary = 'Give a claimed task back, to run again after an interval'
  static override description = 'Only the holder may; the engine itself would overwrite anybody.'
  static override examples = [
    '<%= config.bin %> task release trace_optimize --interval 1h',
    '<%= config.bin %> task release trace_optimize --interval 24h --force --reason "pod is gone"',
  ]
  static override args = {task: arg('task', 'Task name')}
  static override flags = {
    interval: {...duration({summary: 'From now to the next run'}), required: true as const},
    ...holderFlag, ...claimedAtFlag, ...forceFlag, ...ifVersionFlag, ...changing,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(TaskRelease)
    const [tasks, claim] = [await this.tasks(), await this.claim(flags['claimed-at'])]
    await this.settle(await tasks.planRelease(args.task, {
      claim, intervalMs: flags.interval ?? 0, force: flags.force, ifVersion: flags['if-version'],
    }, this.signal))
  }
}
