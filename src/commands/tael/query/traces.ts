import Spans from '../spans.ts'

/** The Rust CLI's spelling of `tael spans`. */
export default class QueryTraces extends Spans {
  static override summary = 'The Rust spelling of "tael spans"'
  static override examples = ['<%= config.bin %> query traces --status error --last 1h --format json']
}
