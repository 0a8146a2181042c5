import {arg} from '../../../cli/flags.ts'
import {atFlag, TaskCommand} from '../../../cli/task-command.ts'
import {taskView} from '../../../format/views/task.ts'

export default class TaskGet extends TaskCommand {
  static override summary = 'Show one task'
  static override examples = [
    '<%= config.bin %> task get trace_optimize', '<%= config.bin %> task get trace_optimize --at 15m',
  ]
  static override args = {task: arg('task', 'Task name')}
  static override flags = {...atFlag}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(TaskGet)
    const record = await (await this.tasks()).get(args.task, this.point(flags.at), this.signal)
    if (!record) throw await this.absent(args.task)
    await this.show(taskView, record)
  }
}
