import {Worker} from 'node:worker_threads'
import type {HasherMemory} from './blake3.ts'
import type {Digester, FileFinding, FileToDigest} from './digest.ts'
import {FoldLog} from './fold-log.ts'

/**
 * What goes to the thread; `at` is a place in the memory that it shares. Bytes and `finish` are answered once each, in
 * order: with nothing, with the digest.
 */
export type DigestRequest = 'begin' | {bytes: Uint8Array} | {at: number; length: number} | 'finish'

/** A message costs more than hashing so little. */
const worthAMessageBytes = 65_536n

const program = import.meta.url.endsWith('.ts') ? './digest-worker.ts' : './clients/artifact/digest-worker.js'

/**
 * Hashes on a thread of its own, so that the network is not kept waiting; small files on this one. An append log
 * is checked here meanwhile, which takes a fifth of the hashing. Bytes in the memory of `place` are hashed where they
 * are.
 */
export class ThreadDigester implements Digester {
  readonly #small: Digester
  readonly #place: HasherMemory | undefined
  readonly #worker: Worker
  readonly #waiting: {resolve(answer: string | undefined): void; reject(error: unknown): void}[] = []
  #isSmall = false
  #log: FoldLog | undefined
  #failure: unknown

  constructor(small: Digester, place?: HasherMemory) {
    this.#small = small
    this.#place = place
    this.#worker = new Worker(new URL(program, import.meta.url), {
      name: 'digest', workerData: place, execArgv: [],
      resourceLimits: {maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128},
    })
    this.#worker.on('message', (answer: string | undefined) => this.#waiting.shift()?.resolve(answer))
    this.#worker.on('error', error => this.#fail(error))
    this.#worker.on('exit', code => this.#fail(new Error(`the digest thread ended with ${code}`)))
  }

  begin(file: FileToDigest): void {
    this.#isSmall = file.sizeBytes < worthAMessageBytes
    if (this.#isSmall) return this.#small.begin(file)
    this.#log = file.isLog ? new FoldLog() : undefined
    this.#worker.postMessage('begin' satisfies DigestRequest)
  }

  async update(bytes: Uint8Array): Promise<void> {
    if (this.#isSmall) return this.#small.update(bytes)
    const hashed = this.#ask(this.#request(bytes))
    this.#log?.update(bytes)
    await hashed
  }

  async finish(): Promise<FileFinding> {
    if (this.#isSmall) return this.#small.finish()
    return {digest: (await this.#ask('finish')) ?? '', log: this.#log?.end()}
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #request(bytes: Uint8Array): DigestRequest {
    if (bytes.buffer === this.#place?.memory.buffer) return {at: bytes.byteOffset, length: bytes.length}
    return {bytes: bytes.buffer instanceof SharedArrayBuffer ? bytes : Uint8Array.from(bytes)}
  }

  #ask(request: DigestRequest): Promise<string | undefined> {
    if (this.#failure) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#waiting.push({resolve, reject})
      this.#worker.postMessage(request)
    })
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    for (const each of this.#waiting.splice(0)) each.reject(error)
  }
}
