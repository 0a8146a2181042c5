import {TaelCommand} from '../../../cli/tael-command.ts'
import {pipelineView} from '../../../format/views/tael.ts'

export default class IngestStatus extends TaelCommand {
  static override summary = 'Is data arriving: batches, records, errors and shed requests of each pipeline'
  static override description =
    'Counted since the server started; what a standby receives by replication is not counted.'
  static override examples = ['<%= config.bin %> ingest status']

  async run(): Promise<void> {
    await this.parse(IngestStatus)
    const answer = await (await this.tael()).ingestStatus()
    await this.report(answer, async ({items, ...rest}) => {
      await this.print(pipelineView, items, rest)
      const {inFlight, maxInFlight} = rest.backpressure
      this.note(`in flight: ${inFlight}${maxInFlight > 0 ? ` of ${maxInFlight}` : ' (no limit)'}`)
    })
  }
}
