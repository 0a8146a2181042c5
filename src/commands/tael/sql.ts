import {arg} from '../../cli/flags.ts'
import {TaelCommand} from '../../cli/tael-command.ts'
import {rowsView} from '../../format/views/rows.ts'

export default class Sql extends TaelCommand {
  static override summary = 'Run SQL on a server that was built with an SQL engine'
  static override description =
    `Tables: spans, logs, metrics, trace_comments. One SELECT, WITH or EXPLAIN; attributes are JSON text.
The server copies up to 200,000 rows of each table for every query and cannot cancel one: keep it off busy production.
Columns come in alphabetical order, since the server does not keep the order of the SELECT.`
  static override examples = [
    "<%= config.bin %> sql 'SELECT service, count(*) AS n FROM spans GROUP BY service ORDER BY n DESC'",
  ]
  static override args = {query: arg('query', 'The statement')}

  async run(): Promise<void> {
    const {args} = await this.parse(Sql)
    const answer = await (await this.tael()).sql(args.query)
    await this.answer(answer, {member: 'rows'}, rowsView(answer.value))
  }
}
