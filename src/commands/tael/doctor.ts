import {DoctorCommand, doctorFlags} from '../../cli/doctor-command.ts'

export default class TaelDoctor extends DoctorCommand {
  static override summary = 'Check the tael servers of the context: up, ready, allowed, which version, who leads'
  static override description = 'The part of ctl doctor that is about tael. Writes nothing. Exit 1 when a check fails.'
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor -o json']
  static override flags = {...doctorFlags}

  async run(): Promise<void> {
    await this.parse(TaelDoctor)
    await this.diagnose(['tael'])
  }
}
