import {pollFlag, TaskCommand} from '../../../cli/task-command.ts'
import {followTasks} from '../../../clients/control-table/follow.ts'
import {toJson} from '../../../format/json.ts'
import {taskEventLine, taskView} from '../../../format/views/task.ts'

export default class TaskWatch extends TaskCommand {
  static override summary = 'Follow the tasks: claims, releases, what becomes due or stale'
  static override examples = ['<%= config.bin %> task watch', '<%= config.bin %> task watch -o jsonl']
  static override flags = {...pollFlag}

  async run(): Promise<void> {
    const {flags} = await this.parse(TaskWatch)
    this.allowFormats('table', 'jsonl')
    this.stopOnSignals()
    const isText = this.shared.output === 'table'
    const tasks = await this.tasks()
    const {tasks: start} = await tasks.list(undefined, this.signal)
    if (isText) await this.print(taskView, start)
    for await (const change of followTasks(tasks, isText ? start : [], flags.interval, this.io.clock, this.signal)) {
      const record = {event: change.event, at: new Date(this.io.clock.nowMs()).toISOString(), item: change.item}
      await this.write(isText ? taskEventLine(record, this.page) : `${toJson(record)}\n`)
    }
  }
}
