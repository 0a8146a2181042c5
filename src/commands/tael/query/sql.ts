import Sql from '../sql.ts'

/** The Rust CLI's spelling of `tael sql`. */
export default class QuerySql extends Sql {
  static override summary = 'The Rust spelling of "tael sql"'
  static override examples = ['<%= config.bin %> query sql "SELECT count(*) FROM spans" --format json']
}
