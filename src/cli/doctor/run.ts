import type {LoadedConfig} from '../context/file.ts'
import {checkContext} from '../context/check.ts'
import type {System} from '../context/schema.ts'
import {examined, findings, type Doctor, type DoctorTools, type Finding} from './finding.ts'
import {namesakeFinding} from './namesake.ts'
import {examineTls} from './tls.ts'

/** Each loads its system's client when it is called, not before. */
const doctors: Record<System, () => Promise<Doctor>> = {
  tael: async () => (await import('./tael.ts')).examineTael,
  tasks: async () => (await import('./tasks.ts')).examineTasks,
  leases: async () => (await import('./leases.ts')).examineLeases,
  raft: async () => (await import('./raft.ts')).examineRaft,
  artifacts: async () => (await import('./artifacts.ts')).examineArtifacts,
  directives: async () => (await import('./directives.ts')).examineDirectives,
}

export const allSystems = Object.keys(doctors) as System[]

/** The configuration, then every wanted system that the context names, in a fixed order. */
export async function examine(tools: DoctorTools, loaded: LoadedConfig, wanted: readonly System[]): Promise<Finding[]> {
  const {settings, connectTimeoutMs, io: {clock}} = tools
  const named = wanted.filter(system => settings.section(system) !== undefined)
  const configuration = await checkContext(settings, loaded, {connect: true, timeoutMs: connectTimeoutMs, clock})
  const tls = await examineTls(tools)
  const rows: Finding[] = []
  // One after the other: loading one system's libraries would count as another's latency.
  for (const system of named) rows.push(...await examined(system, async () => (await doctors[system]())(tools)))
  const about = ({check}: {check: string}) => wanted.find(system => check.includes(` ${system}.`)) ?? 'config'
  const relevant = configuration.filter(({check}) => !/^(connect|secret) /.test(check) || about({check}) !== 'config')
  return [
    findings('config').ok('opsdeck', `${tools.version} on Node ${process.versions.node}`),
    await namesakeFinding(tools.io.env),
    ...relevant.map(check => ({system: about(check), ...check})),
    ...tls.filter(({system}) => wanted.includes(system as System)),
    ...rows,
    ...wanted.filter(system => !named.includes(system)).map(
      system => findings(system).ok('not configured', `the context names no ${system}`),
    ),
  ]
}
