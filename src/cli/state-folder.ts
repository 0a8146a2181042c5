import {join} from 'node:path'
import type {Io} from './io.ts'

/** $XDG_STATE_HOME/opsdeck: audit log, records, what a round writes; undefined on a machine without a home. */
export function stateFolder({env, homeDir}: Pick<Io, 'env' | 'homeDir'>): string | undefined {
  const base = env['XDG_STATE_HOME'] || (homeDir && join(homeDir, '.local', 'state'))
  return base ? join(base, 'opsdeck') : undefined
}
