import {existsSync} from 'node:fs'
import {homedir} from 'node:os'
import {join} from 'node:path'

/** Where `npm run peers:build` puts the real programs. */
export const peersCache =
  process.env['OPSDECK_PEERS_CACHE'] ??
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'opsdeck', 'peers')

/** The path of a built peer program; throws, and so fails the test, when it is missing. */
export function peerBinary(...path: string[]): string {
  const binary = join(peersCache, ...path)
  if (!existsSync(binary)) throw new Error(`the peer ${path[0]} is not built: run \`npm run peers:build\``)
  return binary
}
