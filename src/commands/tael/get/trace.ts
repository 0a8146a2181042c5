import Trace from '../trace.ts'

/** The Rust CLI's spelling of `tael trace`. */
export default class GetTrace extends Trace {
  static override summary = 'The Rust spelling of "tael trace"'
  static override examples = ['<%= config.bin %> get trace 35f76ceff3c810b2049457e1371ebd87 --format json']
}
