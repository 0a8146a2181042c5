import Metric from '../metric.ts'

/** The Rust CLI's spelling of `tael metric`. */
export default class GetMetric extends Metric {
  static override summary = 'The Rust spelling of "tael metric"'
  static override examples = ['<%= config.bin %> get metric http.server.requests --format json']
}
