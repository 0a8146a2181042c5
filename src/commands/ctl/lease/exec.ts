import * as Flags from '@oclif/core/flags'
import {changing} from '../../../cli/command.ts'
import {childFlags, commandArg, commandOf, conflictExit, conflictFlag} from '../../../cli/exec-words.ts'
import {arg, durationOr} from '../../../cli/flags.ts'
import {holderFlag, ttlFlag} from '../../../cli/lease-command.ts'
import {LeaseExecCommand} from '../../../cli/lease-exec-command.ts'

export default class LeaseExec extends LeaseExecCommand {
  static override summary = 'Take a lease, run a command, complete on success, give it back otherwise'
  static override description =
    'The exit code is the command\'s own; 128 + n when signal n ended it. 7: somebody holds the lease. ' +
    '10: the lease was lost or ran out, and the command\'s process group was stopped. ' +
    '125, 126, 127: it could not be run.\n\n' +
    'A lease is never renewed: --ttl is the period of the rounds, and a completed lease stays live until it ends. ' +
    '--on-expiry kill (the default) stops the command so that it is gone by --skew before the end; ' +
    'warn lets it go on, and completes an overrun lease that nobody took. ' +
    'A lease that somebody else took stops the command in any case.\n\n' +
    'The command sees OPSDECK_LEASE_KEY, _HOLDER, _REVISION, _ACQUIRED_AT, _EXPIRES_AT and _EXPIRES_AT_UNIX.'
  static override examples = [
    '<%= config.bin %> lease exec orders --ttl 5m -- ./export.sh',
    '<%= config.bin %> lease exec orders --ttl 5m --wait 30s --cursor-from fd:3 -- ' +
      'sh -c "./export && echo 000000000002d093 >&3"',
  ]
  static override usage = 'lease exec KEY --ttl 5m [flags] -- COMMAND…'
  static override args = {
    key: arg('key', 'Lease key, the partition that is exported'),
    command: commandArg,
  }
  static override flags = {
    ...ttlFlag,
    wait: durationOr(0, 'not at all', {helpGroup: 'LEASE', summary: 'Try for so long while somebody holds it'}),
    ...conflictFlag('LEASE', 'somebody holds it'),
    'on-expiry': Flags.option({
      helpGroup: 'LEASE', options: ['kill', 'warn'] as const, default: 'kill' as const,
      summary: 'When the lease is about to expire',
    })(),
    skew: durationOr(1_000, '1s', {helpGroup: 'LEASE', summary: 'How far the clocks of all exporters may differ'}),
    'check-every': durationOr(5_000, '5s', {
      helpGroup: 'LEASE', minMs: 100, summary: 'How often it is checked that the lease is still ours',
    }),
    'cursor-from': Flags.string({
      helpGroup: 'LEASE', helpValue: 'file|fd:N',
      summary: 'Where the command leaves the version bytes of its export, as hex',
    }),
    ...childFlags, ...holderFlag, ...changing,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(LeaseExec)
    const command = commandOf(args.command, this.argv, `ctl lease exec ${args.key} --ttl 5m`)
    await this.exec(command, flags['cursor-from'], {
      key: await this.leaseKey(args.key), holder: this.holder, ttlS: this.seconds(flags.ttl ?? 0), waitMs: flags.wait,
      onExpiry: flags['on-expiry'], skewMs: flags.skew, checkEveryMs: flags['check-every'],
      killAfterMs: flags['kill-after'], stdin: flags.stdin,
    }).catch(conflictExit(this.io, flags['conflict-exit-code']))
  }
}
