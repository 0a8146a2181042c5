import type {AlertEvent, AlertSink} from './alerts.ts'
import {timeText, type Document} from './records.ts'

/** An event as feeds and webhooks get it: keys in the order of the server's own record. */
export function eventRecord({atNs, ...event}: AlertEvent): Document {
  const {rule, state, previous_state, ...rest} = event
  return {rule, state, previous_state, at: timeText(atNs), ...rest}
}

/** Posts an event to the webhooks of its rule; who does not answer gets it no second time. The sandbox runs no `exec` sink. */
export async function deliver(event: string, sinks: readonly AlertSink[]): Promise<void> {
  for (const sink of sinks) {
    if (sink.kind !== 'webhook') continue
    const request = {method: 'POST', body: event, headers: {'content-type': 'application/json'}, signal: AbortSignal.timeout(10_000)}
    await fetch(sink.url, request).then(answer => answer.body?.cancel(), () => undefined)
  }
}
