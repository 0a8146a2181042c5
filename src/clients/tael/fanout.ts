import type {Clock} from '../net/deadline.ts'
import {Exit, NotFoundError, OpsError, UnauthorizedError, UsageError} from '../net/errors.ts'
import type {Json} from '../net/json.ts'
import {Answer} from './answer.ts'
import type {TaelClient, Window} from './client.ts'
import {mergeAnomalies, type ShardWindows} from './merge-anomalies.ts'
import * as lists from './merge-lists.ts'
import * as reports from './merge-reports.ts'
import type {Doc, Merged} from './merge-lists.ts'
import {mergeSeries} from './merge-series.ts'
import type {AnomalyReport, Summary} from './model.ts'
import {splitPromql} from './promql-split.ts'
import * as wire from './wire.ts'
import {
  decodeAnomalies, decodeCorrelation, decodeDiff, decodeIngest, decodeSummary, decodeTopology,
} from './wire-reports.ts'

export interface Shard {
  name: string
  client: TaelClient
}

/** A shard that did not answer, and how long it was given. */
export interface ShardFailure {
  shard: string
  endpoint: string
  code: string
  error: string
  /** Milliseconds until it was given up. */
  afterMs: number
}

export interface FanoutReport {
  /** Shards that are missing from an answer. */
  failed?: ShardFailure[]
  /** Members of the answer that no merging can give exactly. */
  estimates?: string[]
  /** The figures behind an estimate, shard by shard. */
  shards?: ({shard: string} & Summary['traces'])[]
}

/**
 * Asks every shard at the same time, each with its own time limit, and merges what comes. One that fails is
 * reported, not waited for; when none answers, or the query itself is refused, the first error is thrown.
 * With `giveUp` a shard that failed is not asked again, so that a command of several requests waits only once.
 */
export function fanoutClient(
  shards: readonly Shard[], clock: Clock, report: (report: FanoutReport) => void, {giveUp = false} = {},
): TaelClient {
  const all = askAll(shards, clock, report, giveUp)
  const client: TaelClient = {
    endpoint: shards.map(shard => shard.client.endpoint).join(' '),
    spans(filter, signal) {
      const limit = filter.text ? undefined : filter.limit
      return all(c => c.spans(filter, signal), docs => lists.mergeSpans(docs, limit), wire.decodeSpans)
    },
    trace: (id, signal) => all(c => c.trace(id, signal), lists.mergeTrace, wire.decodeSpans),
    logs: (filter, signal) =>
      all(c => c.logs(filter, signal), docs => lists.mergeLogs(docs, filter.limit), wire.decodeLogs),
    metrics(filter, signal) {
      const merge = (docs: Doc[]) => lists.mergeMetrics(docs, filter.name !== undefined, filter.limit)
      return all(c => c.metrics(filter, signal), merge, wire.decodePoints)
    },
    promql(query, window, signal) {
      const split = splitPromql(query)
      const asked = split?.leaf ?? query
      return all(c => c.promql(asked, window, signal), docs => mergeSeries(docs, query, split), wire.decodeSeries)
    },
    rollups: (filter, signal) =>
      all(c => c.rollups(filter, signal), docs => lists.mergeRollups(docs, filter.limit), wire.decodeRollups),
    metric: (name, window, signal) =>
      all(c => c.metric(name, window, signal), reports.mergeMetricDetail, wire.decodeMetricDetail),
    sql: async () => {
      throw new UsageError('SQL runs on one shard at a time', {
        hint: `Name it with --shard: ${shards.map(each => each.name).join(', ')}`,
      })
    },
    services: signal => all(c => c.services(signal), reports.mergeServices, wire.decodeServices),
    summary: async (window, signal) => all(async c => {
      const answer = await c.summary(window, signal)
      report({shards: [{shard: shards.find(each => each.client === c)!.name, ...answer.value.traces}]})
      return answer
    }, reports.mergeSummary, decodeSummary),
    anomalies(window, signal) {
      const merge = (docs: Doc[]) => mergeAnomalies(docs as unknown as ShardWindows[])
      return all(c => bothWindows(c, window, signal), merge, decodeAnomalies)
    },
    diff: (window, signal) => all(c => c.diff(window, signal), reports.mergeDiff, decodeDiff),
    async correlate(id, signal) {
      const [spans, logs] = await Promise.all([
        client.trace(id, signal), client.logs({traceId: id, limit: mostCorrelated}, signal),
      ])
      const service = spans.value[0]!.service
      const metrics = await client.metrics({service, limit: mostCorrelated}, signal)
      const parts = {logs: logs.listed('logs'), metrics: metrics.listed('metrics')}
      return new Answer(reports.correlationOf(id, spans.listed('spans') as Doc[], parts), decodeCorrelation)
    },
    topology: (window, signal) => all(c => c.topology(window, signal), reports.mergeTopology, decodeTopology),
    ingestStatus: signal => all(c => c.ingestStatus(signal), reports.mergeIngest, decodeIngest),
    comments: (id, signal) => all(c => c.comments(id, signal), lists.mergeComments, wire.decodeComments),
    planComment: () => {
      throw new UsageError('a comment is written to one shard', {
        hint: `Name the shard that holds the trace with --shard: ${shards.map(each => each.name).join(', ')}`,
      })
    },
    close: async () => void (await Promise.all(shards.map(shard => shard.client.close()))),
  }
  return client
}

type AskAll = <T>(
  ask: (client: TaelClient) => Promise<Answer<T>>, merge: (docs: Doc[]) => Merged, decode: (document: Json) => T,
) => Promise<Answer<T>>

/** One question to all shards, their documents merged; what the answer lacks is reported. */
function askAll(
  given: readonly Shard[], clock: Clock, report: (report: FanoutReport) => void, giveUp: boolean,
): AskAll {
  let shards = given
  return async (ask, merge, decode) => {
    const {answers, failed} = await scatter(shards, clock, ask)
    const {document, estimates} = merge(answers.map(({answer}) => answer.document as Doc))
    if (failed.length > 0) report({failed})
    if (giveUp) shards = shards.filter(shard => !failed.some(each => each.shard === shard.name))
    if (estimates.length > 0) report({estimates})
    return new Answer(document, decode)
  }
}

/** As many logs and as many metrics as the server puts beside a trace. */
const mostCorrelated = 500
const defaultWindowSeconds = 3_600
const baselineFactor = 6

/** The two summaries behind a shard's anomalies; the windows as the server chooses them. */
async function bothWindows(
  client: TaelClient,
  {lastSeconds = defaultWindowSeconds, baselineSeconds, service}: Window & {baselineSeconds?: number},
  signal?: AbortSignal,
): Promise<Answer<AnomalyReport>> {
  const current = await client.summary({lastSeconds, service}, signal)
  const baseline = await client.summary({lastSeconds: baselineSeconds ?? lastSeconds * baselineFactor, service}, signal)
  return new Answer({current: current.document, baseline: baseline.document}, decodeAnomalies)
}

/** Asks every shard at once. A shard that says "not found" has answered; only when all do is it an error. */
export async function scatter<T, C extends {readonly endpoint: string}>(
  shards: readonly {name: string; client: C}[], clock: Clock, ask: (client: C) => Promise<T>,
): Promise<{answers: {shard: string; answer: T}[]; failed: ShardFailure[]}> {
  const startedMs = clock.monotonicMs()
  const answers: {shard: string; answer: T}[] = []
  const errors: {error: OpsError; shard: string; endpoint: string; afterMs: number}[] = []
  const order = (a: {shard: string}, b: {shard: string}) => places.indexOf(a.shard) - places.indexOf(b.shard)
  const places = shards.map(shard => shard.name)
  await Promise.all(shards.map(async ({name: shard, client}) => {
    try {
      answers.push({shard, answer: await ask(client)})
    } catch (error) {
      if (!(error instanceof OpsError)) throw error
      errors.push({error, shard, endpoint: client.endpoint, afterMs: Math.round(clock.monotonicMs() - startedMs)})
    }
  }))
  errors.sort(order)
  const failed = errors.filter(({error}) => !(error instanceof NotFoundError))
    .map(({error, ...where}): ShardFailure => ({...where, code: error.code, error: error.message}))
  const fatal = errors.find(({error}) => error instanceof UsageError) ?? (answers.length === 0 ? errors[0] : undefined)
  if (fatal) throw noAnswer(fatal.error, failed, shards.length)
  return {answers: answers.sort(order), failed}
}

/** What to throw when there is nothing to merge. */
function noAnswer(first: OpsError, failed: ShardFailure[], shards: number): OpsError {
  if (shards === 1 || failed.length === 0) return first
  if (first instanceof UsageError || first instanceof UnauthorizedError) return first
  if (failed.length < shards) {
    const what = `not found on the shards that answered; ${failed.length} of ${shards} did not`
    return new OpsError('PARTIAL', Exit.partial, what, {
      details: {partial: failed}, hint: failed.map(each => `${each.shard}: ${each.error}`).join('\n'),
    })
  }
  return new OpsError(first.code, first.exit, `none of ${shards} shards answered: ${failed[0]!.error}`, {
    details: {partial: failed}, hint: first.hint, endpoint: first.endpoint, cause: first.cause,
  })
}
