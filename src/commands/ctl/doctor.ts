import {DoctorCommand, doctorFlags} from '../../cli/doctor-command.ts'
import {allSystems} from '../../cli/doctor/run.ts'
import {words} from '../../cli/flags.ts'
import {UsageError} from '../../clients/net/errors.ts'
import type {System} from '../../cli/context/schema.ts'

export default class Doctor extends DoctorCommand {
  static override summary = 'Check the configuration and every system of the context, with a fix for what is wrong'
  static override description =
    'Writes nothing to any system. Exit 1 when a check fails; warnings leave 0. Whether a store of artifacts really ' +
    'does conditional puts is found out by writing: snap doctor.'
  static override examples = [
    '<%= config.bin %> doctor', '<%= config.bin %> doctor tael tasks -o json',
    '<%= config.bin %> doctor --bundle report.json --yes',
  ]
  static override args = {systems: words('systems', `Only these: ${allSystems.join(', ')}`)}
  static override flags = {...doctorFlags}

  async run(): Promise<void> {
    const {args} = await this.parse(Doctor)
    const wanted = (args.systems as unknown as string[] | undefined) ?? []
    const unknown = wanted.find(each => !(allSystems as string[]).includes(each))
    if (unknown !== undefined) throw new UsageError(`"${unknown}" is no system`, {
      hint: `There are: ${allSystems.join(', ')}`,
    })
    await this.diagnose(wanted.length > 0 ? wanted as System[] : allSystems)
  }
}
