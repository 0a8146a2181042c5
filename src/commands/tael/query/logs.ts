import Logs from '../logs.ts'

/** The Rust CLI's spelling of `tael logs`. */
export default class QueryLogs extends Logs {
  static override summary = 'The Rust spelling of "tael logs"'
  static override examples = ['<%= config.bin %> query logs --severity error --last 1h --format json']
}
