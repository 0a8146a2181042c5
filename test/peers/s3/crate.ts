import {rm} from 'node:fs/promises'
import {crate} from '../slipstream/crate.ts'
import {createArtifactClient, type ArtifactClient} from '../../../src/clients/artifact/client.ts'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import type {Published} from '../../../src/clients/artifact/push.ts'
import type {Layout} from '../../../src/clients/artifact/object-key.ts'
import type {S3Peer} from './start.ts'

export {crate}

export const storeUrl = (peer: S3Peer) => `s3://${peer.bucket}/fleet`

export function clientOf(peer: S3Peer): Promise<ArtifactClient> {
  return createArtifactClient({
    url: storeUrl(peer),
    endpoint: peer.endpoint,
    region: peer.region,
    timeoutMs: 10_000,
    connectTimeoutMs: 2_000,
    retries: 2,
    credentials: {accessKeyId: peer.accessKeyId, secretAccessKey: peer.secretAccessKey},
    clock: systemClock,
    random: Math.random,
  })
}

export const quiet = {signal: new AbortController().signal, onProgress: () => {}}

export async function push(
  client: ArtifactClient,
  dir: string,
  key: string,
  layout: Layout = 'addressed',
): Promise<Published> {
  const change = await client.planPush(dir, key, {layout, onProgress: () => {}}, quiet.signal)
  const outcome = await change.apply(quiet.signal)
  if (outcome.state !== 'done') throw outcome.error
  return outcome.result
}

/** Artifacts of these positions, made by the crate below `dir`; named by their position. */
export async function makeArtifacts(dir: string, positions: number[], files = 1, bytes = 2000): Promise<void> {
  for (const position of positions)
    await crate('make-artifact', `${dir}/${position}`, String(files), String(bytes), '--rev', String(position))
}

/**
 * One round of `writers` publishers at once, every other one the crate: returns the position at the pointer
 * after each change that a reader saw.
 */
export async function publisherRace(
  peer: S3Peer,
  client: ArtifactClient,
  dir: string,
  key: string,
  positions: number[],
): Promise<bigint[]> {
  const seen: bigint[] = []
  let isOver = false
  const watching = (async () => {
    while (!isOver) {
      const rank = await client.locate(key, quiet.signal).then(found => found.manifest.cursor.rank, () => undefined)
      if (rank !== undefined && rank !== seen.at(-1)) seen.push(rank)
    }
  })()
  await Promise.all(positions.map(async (position, index) => {
    if (index % 2 === 0) return void (await push(client, `${dir}/${position}`, key))
    const answer = await crate('upload', `${dir}/${position}`, storeUrl(peer), key, ...peer.crateOptions)
    if (!['published', 'superseded'].includes(String(answer['outcome']))) throw new Error(JSON.stringify(answer))
  }))
  isOver = true
  await watching
  return [...seen, (await client.locate(key, quiet.signal)).manifest.cursor.rank]
}

/** One artifact of each size and backend, each way: what we push the crate imports, what it uploads we pull. */
export interface BothWays {
  name: string
  /** 1 makes an append log, more an LSM tree. */
  files: number
  bytes: number
  wire: '0.8' | '0.5'
}

/** Each imports what the other publishes, with every check, in the layout of `wire`; `dir` is empty afterwards. */
export async function bothWays(
  peer: S3Peer,
  client: ArtifactClient,
  dir: string,
  {name, files, bytes, wire}: BothWays,
): Promise<void> {
  const key = `round-${name.replaceAll(/\W/g, '')}`
  const layout = wire === '0.5' ? 'fixed' : 'addressed'
  const make = async (position: string) => {
    await rm(`${dir}/made`, {recursive: true, force: true})
    await crate('make-artifact', `${dir}/made`, String(files), String(bytes), '--rev', position, '--wire', wire)
  }
  const answer = async (...words: string[]) => {
    const said = await crate(...words, '--wire', wire)
    if (said['ok'] !== true) throw new Error(`${words[0]}: ${JSON.stringify(said)}`)
  }
  await make('1000000')
  await push(client, `${dir}/made`, key, layout)
  await answer('import', storeUrl(peer), key, `${dir}/imported`, ...peer.crateOptions)
  await rm(`${dir}/imported`, {recursive: true})
  await make('2000000')
  await answer('upload', `${dir}/made`, storeUrl(peer), key, ...peer.crateOptions)
  const located = await client.locate(key, quiet.signal)
  if (located.layout !== layout || located.manifest.cursor.rank !== 2_000_000n)
    throw new Error('it is not what was uploaded')
  await client.verifyRemote(located, quiet)
  await client.pull(located, `${dir}/pulled`, quiet)
  await answer('verify', `${dir}/pulled`)
  for (const folder of ['made', 'pulled']) await rm(`${dir}/${folder}`, {recursive: true})
  await client.store.remove([located.payload!.key], quiet.signal)
}
