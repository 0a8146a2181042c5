import * as Args from '@oclif/core/args'
import {restoreCheck, type Check} from '../../clients/artifact/doctor.ts'
import {artifactRow} from '../../clients/artifact/overview.ts'
import {Exit} from '../../clients/net/errors.ts'
import {changing} from '../../cli/command.ts'
import {count} from '../../cli/flags.ts'
import {SnapCommand} from '../../cli/snap-command.ts'
import {checkView} from '../../format/views/artifact.ts'

export default class SnapDoctor extends SnapCommand {
  static override summary = 'Check the store: does it really do conditional puts; would a restore take the newest artifact'
  static override description = 'Races a scratch object, which is removed again. Exit 1 when a check fails.'
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor edge/latest --first-seq 120 --last-seq 900']
  static override args = {key: Args.string({description: 'Artifact key to look at too', ignoreStdin: true})}
  static override flags = {
    'first-seq': count({summary: 'First sequence that the stream still holds', helpValue: 'n'}),
    'last-seq': count({summary: 'Last sequence of the stream', helpValue: 'n'}),
    ...changing,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(SnapDoctor)
    const client = await this.artifacts()
    const race = await this.apply(client.planRace())
    if (!race) return
    const checks: Check[] = [race]
    if (args.key !== undefined) {
      const located = await client.locate(args.key, this.signal)
      const {state, problem, layout} = artifactRow(located)
      checks.push({check: 'pointer', state: state === 'ok' ? (problem ? 'warn' : 'ok') : 'fail', finding: problem ?? `its payload is there (layout ${layout})`})
      const [first, last] = [flags['first-seq'], flags['last-seq']]
      if (first !== undefined && last !== undefined) {
        checks.push(restoreCheck(located.manifest.cursor.rank, {firstSequence: BigInt(first), lastSequence: BigInt(last)}))
      }
    }
    await this.print(checkView, checks)
    if (checks.some(check => check.state === 'fail')) this.leave(Exit.failure, 'a check failed')
  }
}
