import * as Flags from '@oclif/core/flags'
import {TaelCommand} from '../../cli/tael-command.ts'
import {serviceFlag, windowFlags} from '../../cli/tael-flags.ts'
import {exactLatencies} from '../../clients/tael/exact-latency.ts'
import type {Summary} from '../../clients/tael/model.ts'
import {summaryView} from '../../format/views/summary.ts'

export default class Summarize extends TaelCommand {
  static override summary = 'Health of a window: error rate, latencies, busiest services, failing operations, logs'
  static override examples = [
    '<%= config.bin %> summarize --since 15m', '<%= config.bin %> summarize --service payments --since 1h',
  ]
  static override flags = {
    ...windowFlags, ...serviceFlag,
    exact: Flags.boolean({
      summary: 'Compute latencies from the spans themselves instead of merging what shards say', exclusive: ['format'],
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Summarize)
    const answer = await (await this.tael()).summary({lastSeconds: this.reportSeconds(), service: flags.service})
    if (flags.exact) {
      answer.value.traces = await this.#exact(answer.value.traces, answer.value.windowSeconds, flags.service)
    }
    await this.report(answer, summary => this.show(summaryView, summary))
    const {traces, logs, windowSeconds} = answer.value
    if (traces.spans > 0) return
    this.note(this.noSpans(windowSeconds, flags.service))
    // Metrics do not count: a server that nobody uses still has those of its own engine.
    if (logs.total === 0) this.leaveIfEmpty([])
  }

  /** Latencies over the spans of the window, when all of them can be read. */
  async #exact(
    traces: Summary['traces'], lastSeconds: number, service: string | undefined,
  ): Promise<Summary['traces']> {
    const spans = (await (await this.tael()).spans({limit: 200_000, lastSeconds, service})).value
    if (spans.length < traces.spans) {
      this.note(`warning: only ${spans.length} of ${traces.spans} spans could be read, `
        + 'so latencies stay as the shards gave them')
      return traces
    }
    this.exactly('traces.p50_ms', 'traces.p95_ms', 'traces.p99_ms', 'traces.trace_count')
    return {
      ...traces, ...exactLatencies(spans.map(span => span.durationMs)),
      traces: new Set(spans.map(span => span.traceId)).size,
    }
  }
}
