import {spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {cp, mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {claim, client, newTable, release} from '../../clients/control-table/tables.ts'
import {peerBinary} from '../cache.ts'

const worker = join(import.meta.dirname, '../../clients/control-table/worker.ts')
const preload = join(import.meta.dirname, 'kill-at.mjs')

/** Lets a writer of ours do one thing and kills it at a step; true when it came to the end instead. */
async function killedAt(step: number, root: string, words: string): Promise<boolean> {
  const child = spawn(process.execPath, ['--import', preload, worker, root, 'me', 'fence'], {
    env: {...process.env, KILL_AT: String(step)}, stdio: ['pipe', 'pipe', 'inherit'],
  })
  const said = once(child.stdout!, 'data').then(([chunk]) => String(chunk))
  const ended = once(child, 'exit').then(() => 'killed')
  child.stdin!.write(`${words}\n`)
  const first = await Promise.race([said, ended])
  child.kill()
  await ended
  if (first !== 'killed') expect(first).toBe('done\n')
  return first !== 'killed'
}

/** The real engine opens the table and answers about the task. */
function engineSays(uri: string): {due?: boolean; error?: string} {
  const {stdout} = spawnSync(peerBinary('scouter-0.25.0', 'bin', 'scouter-control-harness'), ['is-due', uri, 'x'], {
    env: {...process.env, HOSTNAME: 'engine-pod', RUST_LOG: 'off'},
  })
  return JSON.parse(stdout.toString().trim().split('\n').at(-1)!) as {due?: boolean}
}

describe.each([
  ['claim', 'due', 'processing'], ['release', 'processing', 'due'],
])('%s killed at every step', (verb, before, after) => {
  let template: Awaited<ReturnType<typeof newTable>>
  beforeAll(async () => {
    template = await newTable()
    const tasks = client(template.root)
    await claim(tasks, 'x')
    await release(tasks, 'x')
    if (verb === 'release') await claim(tasks, 'x')
    // The next version is one that is followed by a checkpoint.
    for (let n = 0; ((await tasks.list()).version + 2) % 5 !== 0; n += 1) await claim(tasks, `other_${n}`)
  })
  afterAll(() => template.remove())

  test('the old row or the new one, readable by the engine, and worked on by others', async () => {
    const seen: string[] = []
    for (let step = 1; ; step += 1) {
      const uri = await mkdtemp(join(tmpdir(), 'opsdeck-kill-'))
      const root = join(uri, '_scouter_control')
      await cp(template.root, root, {recursive: true})
      const isDone = await killedAt(step, root, `${verb} x`)
      const record = (await client(root).get('x'))!
      expect([before, after]).toContain(record.state)
      expect(engineSays(uri)).toMatchObject({due: record.state === 'due'})
      seen.push(record.state)
      const others = client(root)
      if (record.state === 'due') await claim(others, 'x', 'other')
      else await release(others, 'x')
      expect((await client(root).list()).tasks.find(each => each.task === 'x')).toMatchObject({rows: 1})
      await rm(uri, {recursive: true})
      if (isDone) break
    }
    console.log(`${verb}: ${seen.length} steps, ${seen.filter(state => state === before).length} before the commit`)
    expect(new Set(seen)).toEqual(new Set([before, after]))
    expect(seen.length).toBeGreaterThan(10)
  })
})
