import * as Flags from '@oclif/core/flags'
import {atFlag, TaskCommand} from '../../../cli/task-command.ts'
import {taskView} from '../../../format/views/task.ts'

export default class TaskList extends TaskCommand {
  static override summary = 'List the tasks: who holds which, since when, when they run next'
  static override examples = ['<%= config.bin %> task list', '<%= config.bin %> task list --at 10:00 -o json']
  static override flags = {
    ...atFlag,
    all: Flags.boolean({char: 'a', summary: 'With the row ctl_fence that guards first claims, which is no task'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(TaskList)
    const {version, tasks, inFlight} = await (await this.tasks()).list(this.point(flags.at), this.signal)
    if (inFlight.length > 0) this.note(`being rewritten by an engine, so without a row: ${inFlight.join(', ')}`)
    await this.print(taskView, flags.all ? tasks : tasks.filter(each => each.state !== 'fence'), {version, inFlight})
  }
}
