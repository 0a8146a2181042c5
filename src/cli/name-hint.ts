import {nearest} from '../clients/net/nearest.ts'

/** `Did you mean: ctl task get nightly`, when a name that is there is near; else what shows those there are. */
export async function nameHint(
  typed: string, command: string, list: string, names: () => Promise<string[]>,
): Promise<string> {
  const known = await names().catch((): string[] => [])
  const near = nearest(typed, known)
  return near === undefined ? `${list} shows those there are.` : `Did you mean: ${command} ${near}`
}
