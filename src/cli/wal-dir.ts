import {UsageError} from '../clients/net/errors.ts'
import type {Settings} from './context/settings.ts'

/** The WAL directory of a run: --dir, the server's own variables, or the context. */
export function walDir(flag: string | undefined, settings: Settings, env: Record<string, string | undefined>): string {
  const found = flag ?? settings.section('tael')?.walDir ?? env['TAEL_WAL_DIR'] ?? env['WALRUS_DATA_DIR']
  if (found) return found.replace(/(?<=.)\/+$/, '')
  throw new UsageError('which WAL directory?', {
    hint: 'Give --dir, set TAEL_WAL_DIR, or: ctl context set NAME tael.walDir=/var/lib/tael/wal_files\nIt is read on the machine of the server; from afar: tael tail traces',
  })
}
