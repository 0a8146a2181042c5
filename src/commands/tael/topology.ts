import {TaelCommand} from '../../cli/tael-command.ts'
import {limitFlag, windowFlags} from '../../cli/tael-flags.ts'
import {edgeView} from '../../format/views/tael.ts'

export default class Topology extends TaelCommand {
  static override summary = 'Which service calls which, with errors and mean duration'
  static override examples = ['<%= config.bin %> topology --since 1h']
  static override flags = {...windowFlags, ...limitFlag(50_000, 'Look at so many spans at most')}

  async run(): Promise<void> {
    const {flags} = await this.parse(Topology)
    const answer = await (await this.tael()).topology({lastSeconds: this.reportSeconds(), limit: flags.limit})
    await this.report(answer, async ({items, ...rest}) => {
      await this.print(edgeView, items, rest)
      if (rest.spansWithParentOutsideWindow > 0) {
        this.note(`${rest.spansWithParentOutsideWindow} spans have their parent outside the window: `
          + 'widen --since for their calls')
      }
    })
    if (answer.value.spansExamined === 0) this.note('no spans in this window')
    this.leaveIfEmpty(answer.value.items)
  }
}
