import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {TaelNode, type NodeOptions} from '../../src/sandbox/tael/node.ts'
import {startTaelWorld, type TaelWorld, type WorldOptions} from '../../src/sandbox/tael/world.ts'

/** A sandbox world in a temporary folder, which its close removes. */
export async function startWorld(options: Partial<WorldOptions> = {}): Promise<TaelWorld> {
  const dir = await mkdtemp(join(tmpdir(), 'opsdeck-world-'))
  const world = await startTaelWorld({nowMs: () => Date.now(), dir, ...options})
  return {...world, close: () => world.close().then(() => rm(dir, {recursive: true, force: true}))}
}

export interface StartedNode {
  node: TaelNode
  walDir: string
  close(): Promise<void>
}

/** One sandbox node on its own, without coordination. */
export async function startNode(options: Partial<NodeOptions> = {}): Promise<StartedNode> {
  const walDir = await mkdtemp(join(tmpdir(), 'opsdeck-node-'))
  const node = await TaelNode.start({walDir, nowMs: () => Date.now(), pace: 1, ...options})
  return {node, walDir, close: () => node.close().then(() => rm(walDir, {recursive: true, force: true}))}
}
