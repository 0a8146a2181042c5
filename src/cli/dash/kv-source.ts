import {openRaftKv} from '../open/raft.ts'
import type {OpenTools} from '../open/tools.ts'
import {reopening} from './reopening.ts'

/** More keys make no list that a person reads. */
const mostKeys = 500

/** Keys and values of the Raft cluster, read when they are asked for. */
export function kvSource(tools: OpenTools) {
  const raft = reopening(() => openRaftKv(tools), client => client.close())
  return {
    kv: (prefix: string, signal: AbortSignal) => raft.use(async ({reader}) => {
      const {kvItem} = await import('../../clients/raft/value.ts')
      const {entries, revision, node} = await reader.scan(prefixBytes(prefix), signal)
      const items = entries.slice(0, mostKeys).map(({key, value}) => kvItem(key, value))
      return {items, total: entries.length, node: node.id, revision}
    }, signal),
    close: raft.close,
  }
}

/** The bytes of a prefix as keys are shown: `0x` and hex, a JSON text in quotes, else the text itself. */
export function prefixBytes(text: string): Buffer {
  if (/^0x(?:[\da-f]{2})*$/i.test(text)) return Buffer.from(text.slice(2), 'hex')
  return Buffer.from(/^".*"$/.test(text) ? unquoted(text) : text)
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text))
  } catch {
    return text
  }
}
