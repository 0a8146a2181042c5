import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

const made: string[] = []
process.on('exit', () => made.forEach(folder => rmSync(folder, {recursive: true, force: true})))

/** A configuration folder (XDG_CONFIG_HOME) whose one context has this tael section. */
export function taelContext(
  tael: {url?: string; shards?: Record<string, string>; groups?: Record<string, string[]>},
): string {
  const folder = mkdtempSync(join(tmpdir(), 'opsdeck-context-'))
  made.push(folder)
  mkdirSync(join(folder, 'opsdeck'))
  // JSON is YAML.
  writeFileSync(join(folder, 'opsdeck', 'config.yaml'), JSON.stringify({current: 'test', contexts: {test: {tael}}}), {
    mode: 0o600,
  })
  return folder
}
