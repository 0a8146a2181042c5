import * as Flags from '@oclif/core/flags'
import {changing} from '../../../cli/command.ts'
import {childFlags, commandArg, commandOf, conflictExit, conflictFlag} from '../../../cli/exec-words.ts'
import {arg, duration, durationOr} from '../../../cli/flags.ts'
import {fenceFlag, holderFlag} from '../../../cli/task-command.ts'
import {TaskExecCommand} from '../../../cli/task-exec-command.ts'

export default class TaskExec extends TaskExecCommand {
  static override summary = 'Claim a task, run a command, release on success, fail otherwise'
  static override description =
    'The exit code is the command\'s own; 128 + n when signal n ended it. 7: not claimed. 10: the claim was lost ' +
    'while it ran, and the command\'s process group was stopped. 125, 126, 127: it could not be run.\n\n' +
    'A claim goes stale after 30 minutes. --on-stale warn (the default) warns 5 minutes before and goes on; kill ' +
    'stops the command 1 minute before, with 10; extend renews our own row 10 minutes before, again and again. ' +
    'Whatever is chosen, a claim that somebody else has taken stops the command.\n\n' +
    'The command sees OPSDECK_TASK, OPSDECK_TASK_HOLDER, OPSDECK_TASK_CLAIMED_AT, OPSDECK_TASK_STALE_AT and ' +
    'OPSDECK_TASK_VERSION.'
  static override examples = [
    '<%= config.bin %> task exec trace_optimize --interval 1h -- ./optimize.sh --full',
    '<%= config.bin %> task exec trace_optimize --interval 1h --wait 30s --on-stale extend -- make rebuild',
  ]
  static override usage = 'task exec TASK --interval 1h [flags] -- COMMAND…'
  static override args = {
    task: arg('task', 'Task name'),
    command: commandArg,
  }
  static override flags = {
    interval: {
      ...duration({minMs: 1_000, summary: 'After success, from then to the next run'}), required: true as const,
    },
    wait: durationOr(0, 'not at all', {helpGroup: 'CLAIM', summary: 'Try for so long when it is held or not due'}),
    ...conflictFlag('CLAIM', 'it is not claimed'),
    'on-stale': Flags.option({
      helpGroup: 'CLAIM', options: ['warn', 'kill', 'extend'] as const, default: 'warn' as const,
      summary: 'When the claim nears 30 minutes',
    })(),
    'check-every': durationOr(5_000, '5s', {
      helpGroup: 'CLAIM', summary: 'How often it is checked that the claim is still ours',
    }),
    ...childFlags, ...holderFlag, ...fenceFlag, ...changing,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(TaskExec)
    const command = commandOf(args.command, this.argv, `ctl task exec ${args.task} --interval 1h`)
    const taking = this.take(args.task, flags.wait)
    const claimed = await taking.catch(conflictExit(this.io, flags['conflict-exit-code']))
    if (!claimed) return
    await this.runUnder(args.task, command, claimed, {
      intervalMs: flags.interval ?? 0, onStale: flags['on-stale'], everyMs: flags['check-every'],
      killAfterMs: flags['kill-after'], stdin: flags.stdin,
    })
  }
}
