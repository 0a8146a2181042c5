import {spawnSync, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {mkdir, mkdtemp, readFile, rm} from 'node:fs/promises'
import {request as httpsRequest} from 'node:https'
import {request as httpRequest} from 'node:http'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {freePorts} from '../../helpers/ports.ts'
import {peerBinary} from '../cache.ts'
import {spawnPeer} from '../spawn.ts'

export interface S3Peer {
  /** `http://127.0.0.1:PORT`, or https with the `tls` option. */
  endpoint: string
  region: string
  accessKeyId: string
  secretAccessKey: string
  bucket: string
  /** PEM of the certificate to trust; only with the `tls` option. */
  ca: string | undefined
  caPath: string | undefined
  /** The folder in which the buckets and objects are plain files (not with moto). */
  dir: string
  /** The running server. */
  pid: number
  /** The same as environment variables of the SDKs and tools. */
  env: Record<string, string>
  /** Settings of a store of the Rust crate, as `--opt name=value` words. */
  crateOptions: string[]
  /** Makes another bucket. */
  addBucket(name: string): Promise<void>
  stop(): Promise<void>
}

export interface S3PeerOptions {
  bucket?: string
  tls?: boolean
}

const accessKeyId = 'testak'
const secretAccessKey = 'testsecret'

/** Starts versitygw on a free port of 127.0.0.1 with one empty bucket in a temporary folder. */
export async function startS3(options: S3PeerOptions = {}): Promise<S3Peer> {
  const bucket = options.bucket ?? 'artifacts'
  const home = await mkdtemp(join(tmpdir(), 'opsdeck-s3-'))
  const dir = join(home, 'buckets')
  await mkdir(join(dir, bucket), {recursive: true})
  const [port] = await freePorts(1)
  const tls = options.tls ? makeCertificate(home) : undefined
  const child = spawnPeer(
    peerBinary('versitygw-1.8.0', 'bin', 'versitygw'),
    [
      '--quiet',
      '--port',
      `127.0.0.1:${port}`,
      '--health',
      '/health',
      ...(tls ? ['--cert', tls.cert, '--key', tls.key] : []),
      'posix',
      dir,
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {...process.env, ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey},
    },
  )
  const endpoint = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
  const ca = tls && (await readFile(tls.cert, 'utf8'))
  await untilAnswers(child, `${endpoint}/health`, {ca})
  return {
    ...describe(endpoint, bucket, dir, child.pid!), ca, caPath: tls?.cert,
    addBucket: async name => void (await mkdir(join(dir, name), {recursive: true})),
    stop: () => stop(child, home),
  }
}

function describe(endpoint: string, bucket: string, dir: string, pid: number) {
  const region = 'us-east-1'
  return {
    endpoint,
    region,
    accessKeyId,
    secretAccessKey,
    bucket,
    dir,
    pid,
    env: {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: region,
      AWS_ENDPOINT_URL_S3: endpoint,
    },
    crateOptions: [
      `aws_endpoint=${endpoint}`, 'aws_allow_http=true', `aws_region=${region}`,
      `aws_access_key_id=${accessKeyId}`, `aws_secret_access_key=${secretAccessKey}`,
    ].flatMap(option => ['--opt', option]),
  }
}

/** Starts moto (in memory, credentials unchecked), the second S3 server that artifacts are tried on. */
export async function startMoto(bucket = 'artifacts'): Promise<S3Peer> {
  const home = await mkdtemp(join(tmpdir(), 'opsdeck-moto-'))
  const [port] = await freePorts(1)
  const child = spawnPeer(peerBinary('moto-5.2.5', 'bin', 'moto_server'), ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const endpoint = `http://127.0.0.1:${port}`
  await untilAnswers(child, `${endpoint}/moto-api/data.json`)
  const addBucket = async (name: string) => {
    const reply = await ask(`${endpoint}/${name}`, undefined, 'PUT')
    if (reply !== 200) throw new Error(`moto did not make the bucket ${name}: ${reply}`)
  }
  await addBucket(bucket)
  return {
    ...describe(endpoint, bucket, home, child.pid!),
    ca: undefined,
    caPath: undefined,
    addBucket,
    stop: () => stop(child, home),
  }
}

/**
 * Starts s3s-fs: it answers the conditions of a put one by one as it should, and takes no lock, so that several
 * writers win at once. A bad store, on purpose.
 */
export async function startBadS3(bucket = 'artifacts'): Promise<S3Peer> {
  const home = await mkdtemp(join(tmpdir(), 'opsdeck-s3s-fs-'))
  await mkdir(join(home, bucket))
  const [port] = await freePorts(1)
  const words = [
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--access-key',
    accessKeyId,
    '--secret-key',
    secretAccessKey,
    home,
  ]
  const child = spawnPeer(peerBinary('s3s-fs-0.14.1', 'bin', 's3s-fs'), words, {stdio: ['ignore', 'ignore', 'pipe']})
  const endpoint = `http://127.0.0.1:${port}`
  await untilAnswers(child, endpoint, {status: 403})
  const addBucket = async (name: string) => void (await mkdir(join(home, name)))
  return {
    ...describe(endpoint, bucket, home, child.pid!),
    ca: undefined,
    caPath: undefined,
    addBucket,
    stop: () => stop(child, home),
  }
}

/** A certificate of its own authority for 127.0.0.1 and localhost, made anew for each run. */
function makeCertificate(dir: string): {cert: string; key: string} {
  const cert = join(dir, 'cert.pem')
  const key = join(dir, 'key.pem')
  const made = spawnSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1',
    // The engine's TLS refuses a server certificate that may sign others.
    '-addext', 'basicConstraints=critical,CA:FALSE', '-keyout', key, '-out', cert,
  ])
  if (made.status !== 0) throw new Error(`openssl made no certificate: ${made.stderr}`)
  return {cert, key}
}

async function untilAnswers(
  child: ChildProcess,
  url: string,
  {status = 200, ca}: {status?: number; ca?: string} = {},
): Promise<void> {
  const words: Buffer[] = []
  child.stderr?.on('data', chunk => words.push(chunk))
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`the S3 server ended with ${child.exitCode}: ${Buffer.concat(words)}`)
    if ((await ask(url, ca).catch(() => 0)) === status) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  child.kill('SIGKILL')
  throw new Error(`the S3 server did not answer at ${url}`)
}

function ask(url: string, ca?: string, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    send(url, {ca, method, agent: false}, reply => {
      reply.resume()
      resolve(reply.statusCode ?? 0)
    }).on('error', reject).end()
  })
}

async function stop(child: ChildProcess, home: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    child.kill('SIGCONT')
    await ended
  }
  await rm(home, {recursive: true, force: true})
}
