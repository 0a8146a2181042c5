import Metrics from '../metrics.ts'

/** The Rust CLI's spelling of `tael metrics`. */
export default class QueryMetrics extends Metrics {
  static override summary = 'The Rust spelling of "tael metrics"'
  static override examples = ['<%= config.bin %> query metrics --name http.server.requests --format json']
}
