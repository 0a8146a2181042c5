import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {crc32} from 'node:zlib'
import {createBlake3} from '../clients/artifact/hash.ts'
import {openFileStore} from '../clients/artifact/file-store.ts'
import {planPush} from '../clients/artifact/push.ts'
import type {Clock} from '../clients/net/deadline.ts'

export interface SandboxArtifact {
  key: string
  position: bigint
  /** Key and value of each entry of the append log, sorted by key. */
  entries: [string, string][]
  createdAtMs: number
}

/** Writes an append-log artifact as an exporter does: records sorted by key, a final cursor, the manifest last. */
export async function writeArtifact(dir: string, {position, entries, createdAtMs}: SandboxArtifact): Promise<void> {
  const token = Buffer.alloc(8)
  token.writeBigUInt64BE(position)
  const body = Buffer.concat([
    Buffer.from('PGSS'), Buffer.from([2, 0]),
    ...entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => putRecord(key, value, token)),
    record(3, Buffer.concat([Buffer.from([token.length]), token])),
  ])
  const hasher = await createBlake3()
  hasher.update(body)
  const manifest = {
    schema_version: 2, backend: 'append-log', backend_version: '2', cursor_hex: token.toString('hex'),
    created_at_unix: Math.floor(createdAtMs / 1000),
    files: [{path: 'data/fold.snap', size: body.length, blake3: hasher.digest()}], scope: [''],
  }
  await mkdir(join(dir, 'data'), {recursive: true})
  await writeFile(join(dir, 'data', 'fold.snap'), body)
  await writeFile(join(dir, 'MANIFEST.json'), JSON.stringify(manifest, undefined, 2))
}

function putRecord(key: string, value: string, token: Buffer): Buffer {
  const [name, bytes] = [Buffer.from(key), Buffer.from(value)]
  const lengths = Buffer.alloc(6)
  lengths.writeUInt16LE(name.length, 0)
  lengths.writeUInt32LE(bytes.length, 2)
  const parts = [lengths.subarray(0, 2), name, lengths.subarray(2), bytes, Buffer.from([token.length]), token]
  return record(1, Buffer.concat(parts))
}

function record(type: number, body: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from([type]), body])
  const sum = Buffer.alloc(4)
  sum.writeUInt32LE(crc32(typed))
  return Buffer.concat([sum, typed])
}

/** A folder store below `dir` with two keys, one of them published twice; gives its URL. */
export async function startSandboxArtifacts(dir: string, clock: Clock): Promise<{url: string; keys: string[]}> {
  const url = `file://${join(dir, 'artifacts')}`
  const store = openFileStore(url, clock, 5_000)
  const routes = (count: number): [string, string][] =>
    Array.from({length: count}, (_, at) => [`route.${String(at).padStart(3, '0')}`, `{"upstream":"pool-${at % 4}"}`])
  const tenants: [string, string][] = [['tenant.acme', '{"tier":"gold"}'], ['tenant.zeta', '{"tier":"free"}']]
  const made: SandboxArtifact[] = [
    {key: 'edge/routes', position: 180n, entries: routes(40), createdAtMs: clock.nowMs() - 3_600_000},
    {key: 'edge/routes', position: 214n, entries: routes(44), createdAtMs: clock.nowMs() - 240_000},
    {key: 'edge/tenants', position: 57n, entries: tenants, createdAtMs: clock.nowMs() - 900_000},
  ]
  for (const artifact of made) {
    const folder = join(dir, 'exports', `${artifact.key.replace('/', '-')}-${artifact.position}`)
    await writeArtifact(folder, artifact)
    const signal = AbortSignal.timeout(30_000)
    const options = {layout: 'addressed' as const, clock, onProgress: () => {}}
    const change = await planPush(store, folder, artifact.key, options, signal)
    const outcome = await change.apply(signal)
    if (outcome.state !== 'done') throw outcome.error
  }
  return {url, keys: [...new Set(made.map(({key}) => key))]}
}
