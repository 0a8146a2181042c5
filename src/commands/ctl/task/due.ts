import {TaskCommand} from '../../../cli/task-command.ts'
import {taskView} from '../../../format/views/task.ts'

export default class TaskDue extends TaskCommand {
  static override summary = 'List the tasks that are due, as the engine decides it'
  static override description =
    'A stale claim counts as due whatever its next run says, though nobody can claim it before that time.'
  static override examples = ['<%= config.bin %> task due', '<%= config.bin %> task due -o name']

  async run(): Promise<void> {
    await this.parse(TaskDue)
    const {version, tasks} = await (await this.tasks()).list(undefined, this.signal)
    await this.print(taskView, tasks.filter(task => task.due), {version})
  }
}
