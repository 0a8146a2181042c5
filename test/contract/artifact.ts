import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {createArtifactClient, type ArtifactClient} from '../../src/clients/artifact/client.ts'
import {systemClock} from '../../src/clients/net/deadline.ts'
import {startSandboxArtifacts, writeArtifact} from '../../src/sandbox/artifacts.ts'

/** Who imports and publishes on the other side: the real crate, or our own client in the embedded form. */
export interface ArtifactWorld {
  /** Imports with every check; true when the artifact is accepted. */
  imports(url: string, key: string, destination: string): Promise<boolean>
  /** Verifies a folder. */
  verifies(dir: string): Promise<boolean>
}

const quiet = {signal: new AbortController().signal, onProgress: () => {}}

/** The same cases for the sandbox's folder store, judged by whoever stands on the other side. */
export function artifactContract(world: ArtifactWorld): void {
  let dir: string
  let client: ArtifactClient
  let store: {url: string; keys: string[]}
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'opsdeck-artifact-'))
    store = await startSandboxArtifacts(dir, systemClock)
    client = await createArtifactClient({
      url: store.url, timeoutMs: 5_000, connectTimeoutMs: 1_000, retries: 0, clock: systemClock, random: Math.random,
    })
  })
  afterAll(() => rm(dir, {recursive: true, force: true}))

  test('every key of the sandbox can be imported', async () => {
    expect(store.keys).toEqual(['edge/routes', 'edge/tenants'])
    for (const key of store.keys) {
      expect(await world.imports(store.url, key, join(dir, key.replace('/', '-')))).toBe(true)
    }
  })

  test('what is pulled from it is whole', async () => {
    const located = await client.locate('edge/routes', quiet.signal)
    expect(located.manifest.cursor.revision).toBe(214n)
    expect(await client.pull(located, join(dir, 'pulled'), quiet)).toMatchObject({files: 1, keys: 44})
    expect(await world.verifies(join(dir, 'pulled'))).toBe(true)
  })

  test('a folder whose cursor disagrees with its manifest is not whole', async () => {
    const folder = join(dir, 'torn')
    await writeArtifact(folder, {key: 'k', position: 7n, entries: [['a', 'b']], createdAtMs: 0})
    expect(await world.verifies(folder)).toBe(true)
    const {readFile, writeFile} = await import('node:fs/promises')
    const manifest = await readFile(join(folder, 'MANIFEST.json'), 'utf8')
    await writeFile(join(folder, 'MANIFEST.json'), manifest.replace('0000000000000007', '0000000000000008'))
    expect(await world.verifies(folder)).toBe(false)
  })
}
