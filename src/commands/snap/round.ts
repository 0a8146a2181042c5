import * as Args from '@oclif/core/args'
import {UsageError} from '../../clients/net/errors.ts'
import {changing} from '../../cli/command.ts'
import {arg} from '../../cli/flags.ts'
import {RoundCommand} from '../../cli/round-command.ts'
import {roundFlags} from '../../cli/round-flags.ts'

export default class SnapRound extends RoundCommand {
  static override summary = 'One export round: lease, export by your command, push, complete, prune, delete'
  static override description = `Takes the export lease, runs the command, publishes the folder that it wrote to \
OPSDECK_ARTIFACT_DIR, completes the lease with the artifact's cursor, prunes and removes the folder. When the export \
or the push fails, the lease is given back and the folder stays until the next round. 7: somebody holds the lease. \
10: the lease was lost. Else the command's own exit code, 128 + n for signal n; 125, 126, 127: it could not be run.

A round that was killed goes on when the same command is run again on the same host: under the same lease while that \
is live, with a push that sends only what is missing. The lease is not renewed: the command is stopped so that it is \
gone by --skew before the end.

The command sees OPSDECK_ARTIFACT_DIR (which it makes), OPSDECK_ARTIFACT_KEY and the OPSDECK_LEASE_… of "ctl lease \
exec". Its stdout goes to stderr.`
  static override examples = [
    '<%= config.bin %> round edge/routes --ttl 10m -- ./export-routes.sh',
    '<%= config.bin %> round edge/routes --lease routes --ttl 10m --dir ./export -- ./export-routes.sh ./export',
  ]
  static override usage = 'round KEY --ttl 10m [flags] -- COMMAND…'
  static override args = {
    key: arg('key', 'Artifact key'),
    command: Args.string({
      name: 'command',
      description: 'After --: the export program and its arguments',
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  }
  static override flags = {...roundFlags, ...changing}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(SnapRound)
    if (!this.argv.includes('--')) {
      throw new UsageError('write -- before the command', {hint: `snap round ${args.key} --ttl 10m -- CMD…`})
    }
    await this.round(args.key, args.command as unknown as string[], flags)
  }
}
