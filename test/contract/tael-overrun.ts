import {get, type IncomingMessage} from 'node:http'
import {expect, it} from 'vitest'
import {aLog, until, type LiveTarget} from './tael-node.ts'

/** Batches that a feed holds for a reader that lags. */
const capacity = 4_096
const batches = 6_000
/** Large enough that the buffers between the two are small beside it, small enough to stay in the log itself. */
const padding = 'x'.repeat(7_500)

/** What a feed does with a reader that does not read: real servers and the sandbox's alike. */
export function taelOverrunContract(name: string, start: () => Promise<LiveTarget>): void {
  it(`tael overrun contract: ${name}: a reader that lags loses the oldest, and ingest does not wait`, async () => {
    const target = await start()
    try {
      const stalled = await new Promise<IncomingMessage>(resolve => get(`${target.node.url}/api/v1/logs/live`, resolve))
      for (let at = 0; at < batches; at += 1) await target.node.ingest({logs: [aLog(`${at} ${padding}`)]})
      let text = ''
      const seen: number[] = []
      stalled.setEncoding('utf8').on('data', (chunk: string) => {
        const blocks = (text + chunk).split('\n\n')
        text = blocks.pop()!
        for (const block of blocks.filter(each => each.startsWith('data: '))) {
          seen.push(...(JSON.parse(block.slice(6)) as {body: string}[]).map(log => Number.parseInt(log.body, 10)))
        }
      })
      await until(() => seen.at(-1) === batches - 1)
      stalled.destroy()
      expect(seen).toEqual(seen.toSorted((a, b) => a - b))
      expect(seen.length).toBeLessThan(batches)
      expect(seen.slice(-capacity)).toEqual(Array.from({length: capacity}, (_, at) => batches - capacity + at))
    } finally {
      await target.close()
    }
  })
}
