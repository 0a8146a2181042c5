import {join} from 'node:path'
import {systemClock} from '../clients/net/deadline.ts'
import {startSandboxArtifacts} from './artifacts.ts'
import {directives} from './directives-part.ts'
import {raft} from './raft/part.ts'
import {seedLeases} from './leases.ts'
import type {SandboxPart} from './sandbox.ts'
import {seedTasks} from './tasks.ts'
import {tael} from './tael/part.ts'

/** A real control table in a folder: there is no server to start. */
const tasks: SandboxPart = {
  system: 'tasks',
  async start({dir, nowMs}) {
    const uri = join(dir, 'tasks')
    await seedTasks(uri, nowMs())
    return {section: {uri, fence: true}, lines: [`${uri}  control table`], stop: async () => undefined}
  },
}

/** Leases in an SQLite file: there is no server to start. */
const leases: SandboxPart = {
  system: 'leases',
  async start({dir, nowMs}) {
    const url = await seedLeases(dir, nowMs())
    return {section: {url}, lines: [`${url}  leases of exporters`], stop: async () => undefined}
  },
}

/** A folder store with two artifacts, one of them published twice. */
const artifacts: SandboxPart = {
  system: 'artifacts',
  async start({dir, nowMs}) {
    const {url, keys} = await startSandboxArtifacts(dir, {...systemClock, nowMs})
    return {section: {url}, lines: [`${url}  ${keys.join(', ')}`], stop: async () => {}}
  },
}

export const parts: readonly SandboxPart[] = [tael, directives, tasks, leases, raft, artifacts]
