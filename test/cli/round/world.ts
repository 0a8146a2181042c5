import {join} from 'node:path'
import {planRound} from '../../../src/cli/round/begin.ts'
import type {RoundReport} from '../../../src/cli/round/report.ts'
import type {RoundOptions} from '../../../src/cli/round/round.ts'
import {createArtifactClient, type ArtifactClient, type ArtifactSettings} from '../../../src/clients/artifact/client.ts'
import {LeaseClient} from '../../../src/clients/lease/client.ts'
import {openLeaseStore, type LeasePlace} from '../../../src/clients/lease/open.ts'
import type {Outcome} from '../../../src/clients/net/change.ts'
import {systemClock} from '../../../src/clients/net/deadline.ts'

export const key = 'edge/routes'
export const fixture = (name: string) => join(import.meta.dirname, '../../fixtures/artifact/artifacts', name)

/** A lease file and a folder store below `dir`, with the rounds that export there. */
export interface RoundWorld {
  leases: LeaseClient
  artifacts: ArtifactClient
  folder: string
  said: string[]
  /** Plans and runs one round with the real clients. */
  round(
    command: readonly string[],
    extra?: Partial<RoundOptions>,
    signal?: AbortSignal,
  ): Promise<{outcome: Outcome<RoundReport>; report: RoundReport}>
  close(): Promise<void>
}

/** Where the lease and the artifact live: a file and a folder below `dir` unless said otherwise. */
export interface Places {
  leases?: Pick<LeasePlace, 'url' | 'bucket'>
  artifacts?: Pick<ArtifactSettings, 'url' | 'endpoint' | 'region' | 'credentials'>
}

export async function openWorld(dir: string, places: Places = {}): Promise<RoundWorld> {
  const clock = systemClock
  const patience = {timeoutMs: 5_000, connectTimeoutMs: 2_000}
  const leases = new LeaseClient(
    await openLeaseStore({url: `sqlite:${join(dir, 'leases.db')}`, ...places.leases, ...patience, nowMs: clock.nowMs}),
    clock,
  )
  const artifacts = await createArtifactClient({
    url: `file://${join(dir, 'store')}`,
    ...places.artifacts,
    ...patience,
    retries: 0,
    clock,
    random: Math.random,
  })
  const folder = join(dir, 'export')
  const said: string[] = []
  const tools = {
    leases,
    artifacts,
    clock,
    signals: process,
    env: process.env,
    note: (text: string) => void said.push(text),
    onProgress: () => {},
  }
  return {
    leases,
    artifacts,
    folder,
    said,
    async round(command, extra = {}, signal = new AbortController().signal) {
      const options: RoundOptions = {
        key,
        lease: 'routes',
        host: 'here',
        holder: `tester/${Math.random()}`,
        folder,
        command,
        ttlS: 600n,
        graceMs: 0,
        keep: false,
        onExpiry: 'kill',
        killAfterMs: 200,
        skewMs: 200,
        checkEveryMs: 60_000,
        ...extra,
      }
      const {change, report} = await planRound(tools, options, signal)
      return {outcome: await change.apply(signal), report}
    },
    async close() {
      await artifacts.close()
      await leases.store.close()
    },
  }
}
