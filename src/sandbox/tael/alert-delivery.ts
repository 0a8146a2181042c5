import type {AlertEvent, AlertSink} from './alerts.ts'
import {timeText, type Document} from './records.ts'

/** An event as feeds and webhooks get it: keys in the order of the server's own record. */
export function eventRecord({atNs, ...event}: AlertEvent): Document {
  const {rule, state, previous_state, ...rest} = event
  return {rule, state, previous_state, at: timeText(atNs), ...rest}
}

const timeoutMs = 10_000

/** Posts an event to the webhooks of its rule, once. The sandbox runs no `exec` sink. */
export async function deliver(event: string, sinks: readonly AlertSink[]): Promise<void> {
  for (const sink of sinks) {
    if (sink.kind !== 'webhook') continue
    const headers = {'content-type': 'application/json'}
    const sent = fetch(sink.url, {method: 'POST', body: event, headers, signal: AbortSignal.timeout(timeoutMs)})
    await sent.then(answer => answer.body?.cancel(), () => undefined)
  }
}
