import {openArtifacts} from '../open/artifacts.ts'
import type {OpenTools} from '../open/tools.ts'
import {oftenMs} from './control-sources.ts'
import {readWithin} from './read-within.ts'
import {reopening} from './reopening.ts'

/** A big store is not read whole within one reading; what is not is named. */
const longestMs = 1_200

export function artifactSource(tools: OpenTools) {
  const artifacts = reopening(() => openArtifacts(tools), () => undefined)
  const read = (signal: AbortSignal) => artifacts.use(async client => {
    const {artifactRow, unreadableRow} = await import('../../clients/artifact/overview.ts')
    const keys: string[] = []
    for await (const key of client.list(signal)) keys.push(key)
    const row = (key: string) =>
      client.locate(key, signal).then(artifactRow, (error: unknown) => unreadableRow(key, error))
    const {items, left} = await readWithin(keys, row, longestMs, tools.io.clock.monotonicMs)
    return {items, missing: left === 0 ? [] : [`${left} of ${keys.length} keys, too many for one reading`]}
  }, signal)
  return {list: [{name: 'artifacts' as const, intervalMs: oftenMs, onDemand: true, read}], close: artifacts.close}
}
