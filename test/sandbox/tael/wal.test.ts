import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {topicFolder} from '../../../src/clients/tael/wal-directory.ts'
import {tailWal} from '../../../src/clients/tael/wal-tail.ts'
import {encodeFrame} from '../../../src/sandbox/tael/frame.ts'
import {SandboxWal} from '../../../src/sandbox/tael/wal.ts'

test('the WAL that the sandbox writes reads back, over two starts', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'opsdeck-sandbox-wal-'))
  try {
    const batches = [{service: 'a', n: 1}, {service: 'b', n: 2}, {service: 'c', n: 3}]
    const first = new SandboxWal(dir, 1_000)
    first.appendFrame(encodeFrame('spans', [batches[0]!]))
    first.appendFrame(encodeFrame('logs', [batches[1]!]))
    first.close()
    const second = new SandboxWal(dir, 2_000)
    second.appendFrame(encodeFrame('metrics', [batches[2]!]))
    second.close()
    const found: unknown[] = []
    const folder = await topicFolder(dir, 'tael_wal')
    const options = {topic: 'tael_wal', from: 'start', follow: false} as const
    for await (const item of tailWal(folder, options, systemClock, new AbortController().signal)) {
      if (item.kind === 'frame') found.push([item.signal, ...[...(item.slices ?? [])].flat()])
    }
    expect(found).toEqual([['spans', batches[0]], ['logs', batches[1]], ['metrics', batches[2]]])
  } finally {
    await rm(dir, {recursive: true, force: true})
  }
})
