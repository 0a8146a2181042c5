import {changing} from '../../../cli/command.ts'
import {arg} from '../../../cli/flags.ts'
import {claimedAtFlag, forceFlag, holderFlag, ifVersionFlag, TaskCommand} from '../../../cli/task-command.ts'

export default class TaskFail extends TaskCommand {
  static override summary = 'Give a claimed task back after a failure: its schedule stays, so it runs again soon'
  static override examples = [
    '<%= config.bin %> task fail trace_optimize',
    '<%= config.bin %> task fail trace_optimize --force --reason "free a stuck task"',
  ]
  static override args = {task: arg('task', 'Task name')}
  static override flags = {...holderFlag, ...claimedAtFlag, ...forceFlag, ...ifVersionFlag, ...changing}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(TaskFail)
    const [tasks, claim] = [await this.tasks(), await this.claim(flags['claimed-at'])]
    await this.settle(
      await tasks.planFail(args.task, {claim, force: flags.force, ifVersion: flags['if-version']}, this.signal),
    )
  }
}
