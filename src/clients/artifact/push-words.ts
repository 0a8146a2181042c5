import {RefusedError} from '../net/errors.ts'
import type {Pointer} from './publish.ts'
import type {Push} from './push.ts'
import {tarSizeBytes} from './tar-write.ts'

/** What stands at the pointer, for the diff of a plan. */
export function pointerData(pointer: Pointer): unknown {
  if (pointer.state === 'absent') return undefined
  if (pointer.state === 'garbage') return {unreadable: pointer.reason}
  return {rank: String(pointer.manifest.cursor.rank), cursorHex: pointer.manifest.cursorHex}
}

/** The writes of a push, as a dry run shows them. */
export function requestText({store, payload, pointer, artifact, options}: Push, now: Pointer): string {
  const inPlace = now.state === 'absent' ? 'only if there is none' : `only if it is still ${now.etag}`
  const condition = options.layout === 'fixed' ? 'without a condition' : inPlace
  return [
    `put ${payload} (${tarSizeBytes(artifact)} bytes) in ${store.url}`,
    `then put ${pointer}, ${condition}`, '', artifact.manifestBytes.toString(),
  ].join('\n')
}

/** What the operator should know before. */
export function warnings({options, store}: Push, now: Pointer, move: string): string[] {
  const list: string[] = []
  if (options.layout === 'fixed') {
    list.push('layout 0.5: the payload is overwritten in place, so a reader in between fails; '
      + 'and nothing keeps an older publisher from overwriting a newer artifact')
  }
  if (store.kind === 'file') {
    list.push('a folder store: the pointer is safe among snap processes; '
      + 'a crate that writes to it at the same moment knows no lock')
  }
  if (now.state === 'garbage') list.push(`the pointer is unreadable and will be replaced: ${now.reason}`)
  if (move === 'superseded') list.push('a newer artifact stands there: nothing will be sent')
  return list
}

export function newerSchema({key, store}: Push): RefusedError {
  const what = `the artifact at ${key} is of a newer schema than this program knows; whether it is newer cannot be told`
  const hint = 'Use a newer snap, or --over-newer-schema to replace it all the same.'
  return new RefusedError(what, {code: 'NEWER_SCHEMA', endpoint: store.url, hint})
}
