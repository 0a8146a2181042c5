import * as Flags from '@oclif/core/flags'
import {UsageError, WaitTimeoutError} from '../../../clients/net/errors.ts'
import {waitForTask, type Wanted} from '../../../clients/control-table/follow.ts'
import {arg, duration} from '../../../cli/flags.ts'
import {pollFlag, TaskCommand} from '../../../cli/task-command.ts'
import {taskView} from '../../../format/views/task.ts'

export default class TaskWait extends TaskCommand {
  static override summary = 'Wait until a task is idle, due, or held by somebody'
  static override description = 'What is already so is answered at once. A task without a row is idle and due.'
  static override examples = [
    '<%= config.bin %> task wait trace_optimize --for idle --within 10m',
    '<%= config.bin %> task wait trace_optimize --for held-by=pod-a',
  ]
  static override args = {task: arg('task', 'Task name')}
  static override flags = {
    for: Flags.string({required: true, summary: 'idle, due or held-by=NAME', helpValue: 'what'}),
    within: duration({summary: 'Give up after so long, with exit 8; without it wait for ever'}),
    ...pollFlag,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(TaskWait)
    this.stopOnSignals()
    this.tellIfEndless(flags.within)
    const [wanted, tasks] = [parseWanted(flags.for), await this.tasks()]
    const late = new WaitTimeoutError(`${args.task} was not ${flags.for} in time`, {
      hint: `ctl task get ${args.task} shows it.`,
    })
    const stop = new AbortController()
    const timer = flags.within === undefined ? undefined : setTimeout(() => stop.abort(late), flags.within)
    const signal = AbortSignal.any([this.signal, stop.signal])
    const record = await waitForTask(tasks, args.task, wanted, {
      intervalMs: flags.interval, clock: this.io.clock, signal,
    })
      .finally(() => clearTimeout(timer))
    if (record) await this.show(taskView, record)
    else this.note(`${args.task} has no row: nobody has claimed it yet`)
  }
}

function parseWanted(text: string): Wanted {
  const [kind, holder] = text.split(/=(.*)/s)
  if ((kind === 'idle' || kind === 'due') && holder === undefined) return {kind}
  if (kind === 'held-by' && holder) return {kind, holder}
  throw new UsageError(`--for ${text} is nothing to wait for`, {hint: 'Write idle, due or held-by=NAME.'})
}
