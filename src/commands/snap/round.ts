import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {UsageError} from '../../clients/net/errors.ts'
import {changing} from '../../cli/command.ts'
import {arg, duration, durationOr} from '../../cli/flags.ts'
import {ttlFlag, ttlSeconds} from '../../cli/lease-command.ts'
import {RoundCommand} from '../../cli/round-command.ts'

export default class SnapRound extends RoundCommand {
  static override summary = 'One export round: lease, export by your command, push, complete, prune, delete'
  static override description =
    'Takes the export lease, runs the command, publishes the folder that it wrote to OPSDECK_ARTIFACT_DIR, completes ' +
    'the lease with the artifact\'s cursor, prunes and removes the folder. When the export or the push fails, the lease ' +
    'is given back. 7: somebody holds the lease. 10: the lease was lost. Else the command\'s own exit code, 128 + n for ' +
    'signal n; 125, 126, 127: it could not be run.\n\n' +
    'A round that was killed goes on when the same command is run again on the same host: under the same lease while ' +
    'that is live, with a push that sends only what is missing. The lease is not renewed: the command is stopped ' +
    'so that it is gone by --skew before the end.\n\n' +
    'The command sees OPSDECK_ARTIFACT_DIR (which it makes), OPSDECK_ARTIFACT_KEY and the OPSDECK_LEASE_… of "ctl lease ' +
    'exec". Its stdout goes to stderr.'
  static override examples = [
    '<%= config.bin %> round edge/routes --ttl 10m -- ./export-routes.sh',
    '<%= config.bin %> round edge/routes --lease routes --ttl 10m --dir ./export -- ./export-routes.sh ./export',
  ]
  static override usage = 'round KEY --ttl 10m [flags] -- COMMAND…'
  static override args = {
    key: arg('key', 'Artifact key'),
    command: Args.string({
      name: 'command', description: 'After --: the export program and its arguments', required: true, multiple: true, ignoreStdin: true,
    }),
  }
  static override flags = {
    ...ttlFlag,
    lease: Flags.string({helpGroup: 'LEASE', helpValue: 'key', summary: "Lease key; the artifact's key by default"}),
    holder: Flags.string({
      helpGroup: 'LEASE', env: 'OPSDECK_HOLDER', helpValue: 'name', summary: 'Begin of the holder_id; snap:operator@host by default',
    }),
    url: Flags.string({helpGroup: 'LEASE', helpValue: 'url', summary: "nats://host:port or sqlite:PATH instead of the context's leases"}),
    bucket: Flags.string({helpGroup: 'LEASE', helpValue: 'name', summary: "Bucket of the leases instead of the context's"}),
    dir: Flags.string({helpValue: 'folder', summary: 'Where the command writes the artifact; not there yet. A folder of ours by default'}),
    keep: Flags.boolean({summary: 'Keep the folder'}),
    grace: duration({summary: 'Prune only what is at least this old; four times the ttl by default'}),
    'on-expiry': Flags.option({
      helpGroup: 'CHILD', options: ['kill', 'warn'] as const, default: 'kill' as const, summary: 'When the export runs towards the end of the lease',
    })(),
    'kill-after': durationOr(5_000, '5s', {helpGroup: 'CHILD', summary: 'From TERM to KILL when the command is stopped'}),
    skew: durationOr(1_000, '1s', {helpGroup: 'LEASE', summary: 'How far the clocks of all exporters may differ'}),
    'check-every': durationOr(5_000, '5s', {helpGroup: 'LEASE', minMs: 100, summary: 'How often it is looked whether the lease is still ours'}),
    ...changing,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(SnapRound)
    if (!this.argv.includes('--')) throw new UsageError('write -- before the command', {hint: `snap round ${args.key} --ttl 10m -- CMD…`})
    const {checkKey} = await import('../../clients/artifact/object-key.ts')
    const {checkLeaseKey} = await import('../../clients/lease/open.ts')
    const {holder, url, bucket, keep, ttl = 0} = flags
    await this.round({
      holder, url, bucket, keep, key: checkKey(args.key), lease: checkLeaseKey(flags.lease ?? args.key), folder: this.roundFolder(args.key, flags.dir),
      command: args.command as unknown as string[], ttlS: ttlSeconds(ttl), graceMs: flags.grace ?? 4 * ttl,
      onExpiry: flags['on-expiry'], killAfterMs: flags['kill-after'], skewMs: flags.skew, checkEveryMs: flags['check-every'],
    })
  }
}
