import type {Target} from './control.ts'

/** One system of the sandbox: its small server, and the section of a context that reaches it. */
export interface SandboxPart {
  system: string
  start(options: PartOptions): Promise<RunningPart>
}

export interface PartOptions {
  /** A private folder of this run. */
  dir: string
  nowMs: () => number
  /** Shards of tael that its query tier leaves out without a word. */
  hide: readonly string[]
  /** Where this account keeps what it published to proxies; without it the proxies begin without directives. */
  recordFolder?: string
  /** Let telemetry trickle in as long as it runs. */
  live?: boolean
}

export interface RunningPart {
  /** The context's section: addresses and references to secrets. */
  section: Record<string, unknown>
  /** What a person wants to know about it, a line each. */
  lines: string[]
  /** What can be broken and mended while it runs, by name. */
  targets?: Record<string, Target>
  stop(): Promise<void>
}

export interface Sandbox {
  /** A whole context, as it is written to the configuration. */
  context: Record<string, unknown>
  lines: string[]
  /** Of all parts, as `SYSTEM/NAME`. */
  targets: ReadonlyMap<string, Target>
  stop(): Promise<void>
}

/** Starts every part; when one fails, those before it are stopped again. */
export async function startSandbox(parts: readonly SandboxPart[], options: PartOptions): Promise<Sandbox> {
  const running: [string, RunningPart][] = []
  const stop = async () => {
    await Promise.allSettled(running.map(([, part]) => part.stop()))
  }
  try {
    for (const part of parts) running.push([part.system, await part.start(options)])
  } catch (error) {
    await stop()
    throw error
  }
  return {
    context: Object.fromEntries(running.map(([system, part]) => [system, part.section])),
    lines: running.flatMap(([system, part]) => part.lines.map(line => `${system.padEnd(10)} ${line}`)),
    targets: new Map(running.flatMap(([system, part]) =>
      Object.entries(part.targets ?? {}).map(([name, target]): [string, Target] => [`${system}/${name}`, target]))),
    stop,
  }
}
