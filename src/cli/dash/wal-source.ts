import {setImmediate} from 'node:timers/promises'
import {topicFolder} from '../../clients/tael/wal-directory.ts'
import type {OpenTools} from '../open/tools.ts'
import {WalFollower} from './wal-follower.ts'

/** The WAL of a server on this machine, followed while a screen shows it. */
export function walSource(dir: string, {io: {clock}}: OpenTools) {
  const follower = new WalFollower({clock, open: () => topicFolder(dir, 'tael_wal'), breathe: () => setImmediate()})
  return {
    list: [{name: 'wal' as const, intervalMs: 500, onDemand: true, read: () => follower.look()}],
    close: async () => follower.stop(),
  }
}
