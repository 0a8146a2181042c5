import {RefusedError, UsageError} from '../net/errors.ts'
import {messageLimitBytes} from './proto.ts'
import {showBytes} from './value.ts'

/**
 * Values beyond this are written only on demand, and one at a time. Seen on live clusters: five puts of 1 MiB at
 * once were batched into one message over the 4 MiB limit of the followers, and no node could lead stably again.
 */
const largeValueBytes = 256 * 1024

/** Room for key, lengths and tags in a request. */
const overheadBytes = 64

/** Rejects before anything is sent: UsageError for what no server takes, RefusedError for what needs --force. */
export function checkWrite(key: Uint8Array, value: Uint8Array, force: boolean, expected?: Uint8Array): void {
  if (key.length === 0) throw new UsageError('an empty key is not written', {code: 'EMPTY_KEY'})
  const bytes = key.length + value.length + (expected?.length ?? 0) + overheadBytes
  if (bytes > messageLimitBytes) {
    throw new UsageError('key and value are too large: the nodes take 4 MiB a message', {
      code: 'VALUE_TOO_LARGE', hint: 'Keep the value in the artifact store, and its digest here.',
    })
  }
  if (isLarge(value) && !force) {
    throw new RefusedError(`a value of ${value.length} bytes is not written: beyond 256 KiB it endangers the cluster`, {
      code: 'LARGE_VALUE',
      hint: 'Several at once have left clusters without a stable leader. --force writes this one, and alone.',
    })
  }
}

export function isLarge(value: Uint8Array): boolean {
  return value.length > largeValueBytes
}

/** The nodes watch whole folders only: a prefix begins and ends with a slash. */
export function checkWatchPrefix(prefix: Uint8Array): void {
  const {text} = showBytes(prefix)
  if (/^\/(.*\/)?$/s.test(text)) return
  const better = `/${text.replace(/^\/+|\/+$/g, '')}/`.replace('//', '/')
  throw new UsageError(`"${text}" cannot be watched: a prefix must begin and end with a slash`, {
    code: 'BAD_PREFIX', hint: `Write ${better}, or --exact for the one key.`,
  })
}

/**
 * One TTL sent to nodes whose leases are off stops the state machine of every one of them for good; the switch
 * cannot be asked for, so the operator's context has to say it. Seconds.
 */
export function checkTtl(ttlSecs: bigint | undefined, areLeasesOn: boolean): void {
  if (ttlSecs === undefined || areLeasesOn) return
  throw new RefusedError('--ttl is not sent: the context does not say that leases are switched on in the nodes', {
    code: 'TTL_OFF',
    hint: 'One TTL stops all writes for good when raft.state_machine.lease.enabled is off, which is the default and '
      + 'cannot be asked for. If it is on in every node: ctl context set NAME raft.ttl=true',
  })
}
