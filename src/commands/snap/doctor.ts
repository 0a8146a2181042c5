import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {Exit, UsageError} from '../../clients/net/errors.ts'
import {changing} from '../../cli/command.ts'
import {restoreChecks} from '../../cli/doctor/restore.ts'
import {count} from '../../cli/flags.ts'
import {SnapCommand} from '../../cli/snap-command.ts'
import {checkView} from '../../format/views/artifact.ts'

export default class SnapDoctor extends SnapCommand {
  static override summary = 'Check the store: are its puts really conditional; would a restore take the newest artifact'
  static override description = `Races a scratch object, which is removed again. With a key: its pointer, its scope, \
and with --source whether the stream still holds what came after it; --lease compares it with the last completed \
round. Exit 1 when a check fails.`
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor edge/latest --source routes --lease edge/latest',
  ]
  static override args = {key: Args.string({description: 'Artifact key to look at too', ignoreStdin: true})}
  static override flags = {
    source: Flags.string({
      summary: "Bucket that is exported, on the server of the context's leases; its stream is asked",
      helpValue: 'bucket',
    }),
    url: Flags.string({summary: "NATS server instead of the context's", helpValue: 'url'}),
    lease: Flags.string({summary: 'Export lease of the key', helpValue: 'key'}),
    watch: Flags.string({summary: 'A prefix that nodes watch; may be repeated', helpValue: 'prefix', multiple: true}),
    'first-seq': count({summary: 'First sequence of the stream, where it cannot be asked', dependsOn: ['last-seq']}),
    'last-seq': count({summary: 'Last sequence of the stream', dependsOn: ['first-seq']}),
    ...changing,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(SnapDoctor)
    const {source, url, lease, 'first-seq': first, 'last-seq': last} = flags
    if (args.key === undefined && (source ?? lease ?? first) !== undefined) {
      throw new UsageError('which artifact?', {hint: 'Name its key: snap doctor KEY …'})
    }
    const client = await this.artifacts()
    const race = await this.apply(client.planRace())
    if (!race) return
    const stream = first === undefined ? undefined : {firstSequence: BigInt(first), lastSequence: BigInt(last!)}
    const questions = {source, url, lease, stream, watched: flags.watch ?? []}
    const located = args.key === undefined ? undefined : await client.locate(args.key, this.signal)
    const checks = located ? await restoreChecks(await this.openTools(), located, questions, this.signal) : []
    await this.print(checkView, [race, ...checks])
    if ([race, ...checks].some(check => check.state === 'fail')) this.leave(Exit.failure, 'a check failed')
  }
}
