import {open} from 'node:fs/promises'
import {hostname, release} from 'node:os'
import {UsageError} from '../../clients/net/errors.ts'
import {toJson} from '../../format/json.ts'
import {redact} from '../audit.ts'
import {resolvedKeys} from '../context/resolved.ts'
import type {Settings} from '../context/settings.ts'
import type {Finding} from './finding.ts'

/** What a bundle holds: enough to see from afar what is wrong, and no secret. */
export interface Bundle {
  version: 1
  madeAt: string
  opsdeck: string
  node: string
  platform: string
  host: string
  command: string[]
  context: string | null
  /** Keys of the context with where each value came from; secrets are their references. */
  settings: {key: string; value: string; origin: string}[]
  checks: Finding[]
}

export function makeBundle(
  settings: Settings, checks: Finding[], facts: {nowMs: number; version: string; argv: string[]},
): Bundle {
  return {
    version: 1, madeAt: new Date(facts.nowMs).toISOString(), opsdeck: facts.version, node: process.versions.node,
    platform: `${process.platform} ${process.arch} ${release()}`, host: hostname(), command: redact(facts.argv),
    context: settings.context?.name ?? null,
    settings: resolvedKeys(settings),
    checks,
  }
}

/** What is in a bundle, a line each, said before it is written. */
export function bundleContents({settings, checks, context}: Bundle): string[] {
  return [
    'versions of opsdeck and Node, the platform, the name of this host, the command line',
    `context ${context ?? '(none)'}: ${settings.length} settings, secrets as references only`,
    `${checks.length} checks with addresses, versions and the servers' own error texts`,
  ]
}

/** Writes it under a new name, readable by its owner only. UsageError when the file exists or cannot be made. */
export async function writeBundle(path: string, bundle: Bundle): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`${path}: ${cause.code === 'EEXIST' ? 'exists already' : cause.message}`, {
      code: 'BUNDLE_FILE', cause,
    })
  })
  await file.writeFile(`${toJson(bundle, 2)}\n`).finally(() => file.close())
}
