import {UsageError} from '../clients/net/errors.ts'
import type {Settings} from './context/settings.ts'

type Env = Record<string, string | undefined>

/** Where the context or the server's own variables say that the WAL is. */
export function configuredWalDir(settings: Settings, env: Env): string | undefined {
  const found = settings.section('tael')?.walDir ?? env['TAEL_WAL_DIR'] ?? env['WALRUS_DATA_DIR']
  return found ? withoutSlash(found) : undefined
}

/** The WAL directory of a run: --dir, the context, or the server's own variables. */
export function walDir(flag: string | undefined, settings: Settings, env: Env): string {
  const found = flag ? withoutSlash(flag) : configuredWalDir(settings, env)
  if (found) return found
  throw new UsageError('which WAL directory?', {
    hint: 'Give --dir, set TAEL_WAL_DIR, or: ctl context set NAME tael.walDir=/var/lib/tael/wal_files\n'
      + 'It is read on the machine of the server; from afar: tael tail traces',
  })
}

const withoutSlash = (path: string) => path.replace(/(?<=.)\/+$/, '')
