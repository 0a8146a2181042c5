// Run as a process of its own: follows a WAL directory until SIGTERM, then prints what it saw as one JSON line.
// node wal-follow.ts WAL_DIR start|now
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {topicFolder} from '../../../src/clients/tael/wal-directory.ts'
import {parseStart} from '../../../src/clients/tael/wal-position.ts'
import {tailWal} from '../../../src/clients/tael/wal-tail.ts'

const [walDir = '', from = 'start'] = process.argv.slice(2)
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
const seen: [seq: number, atMs: number][] = []
const others: string[] = []
for await (const item of tailWal(
  await topicFolder(walDir, 'tael_wal'), {topic: 'tael_wal', from: parseStart(from), follow: true}, systemClock,
  stop.signal,
)) {
  if (item.kind === 'tip') process.stderr.write('tip\n')
  if (item.kind === 'damage' || item.kind === 'gap') others.push(item.reason)
  if (item.kind !== 'frame') continue
  for (const records of item.slices ?? []) {
    for (const record of records) if (record['service'] === 'load') seen.push([Number(record['operation']), Date.now()])
  }
}
process.stdout.write(
  `${JSON.stringify({seen, others, peakMiB: process.resourceUsage().maxRSS / 1024, cpuMs: process.cpuUsage().user / 1e3 + process.cpuUsage().system / 1e3})}\n`,
)
