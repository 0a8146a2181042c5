import {arg} from '../../../cli/flags.ts'
import {TaskCommand} from '../../../cli/task-command.ts'
import {taskEventView} from '../../../format/views/task.ts'

export default class TaskHistory extends TaskCommand {
  static override summary = 'Show who held a task when, and why, from the log of the table'
  static override description =
    'As far back as the log goes: engines clean it up after 30 days. Times are those of each writer\'s own clock. ' +
    '"lost": a writer died between the two halves of an update, and the row is gone.'
  static override examples = ['<%= config.bin %> task history trace_optimize']
  static override args = {task: arg('task', 'Task name')}

  async run(): Promise<void> {
    const {args} = await this.parse(TaskHistory)
    await this.print(taskEventView, await (await this.tasks()).history(args.task, this.signal))
  }
}
