import type {RaftClient} from '../../clients/raft/client.ts'
import {contextWords, tlsTexts, type OpenTools} from './tools.ts'

/** A node gives up on a client's call after 50 to 100 ms; one that is silent for so long is frozen or gone. */
const longestCallMs = 1_000

/** The client of the context's Raft nodes. UsageError when nothing names any. */
export async function openRaft(tools: OpenTools): Promise<RaftClient> {
  const {settings, io} = tools
  const {endpoints = {}, tls} = settings.require('raft')
  tools.trace(`raft at ${Object.values(endpoints).join(',')}${contextWords(settings)}`)
  const {RaftClient} = await import('../../clients/raft/client.ts')
  return RaftClient.open({
    endpoints, tls: await tlsTexts(tls), timeoutMs: Math.min(tools.timeoutMs, longestCallMs),
    monotonicMs: () => io.clock.monotonicMs(),
  })
}
