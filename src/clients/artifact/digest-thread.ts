import {Worker} from 'node:worker_threads'
import type {Digester, FileFinding, FileToDigest} from './digest.ts'

/** What goes to the thread; each `bytes` and `finish` is answered once, in order. */
export type DigestRequest = {begin: {isLog: boolean}} | {bytes: Uint8Array} | {finish: true}

/** A message costs more than hashing so little. */
const worthAMessageBytes = 65_536n

const program = import.meta.url.endsWith('.ts') ? './digest-worker.ts' : './clients/artifact/digest-worker.js'

/**
 * Digests on a thread of its own, so that the network is not kept waiting; small files on this one. Bytes in
 * shared memory are not copied.
 */
export class ThreadDigester implements Digester {
  readonly #small: Digester
  readonly #worker: Worker
  readonly #waiting: {resolve(finding: FileFinding): void; reject(error: unknown): void}[] = []
  #isSmall = false
  #failure: unknown

  constructor(small: Digester) {
    this.#small = small
    this.#worker = new Worker(new URL(program, import.meta.url), {
      name: 'digest', execArgv: [], resourceLimits: {maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128},
    })
    this.#worker.on('message', (finding: FileFinding) => this.#waiting.shift()?.resolve(finding))
    this.#worker.on('error', error => this.#fail(error))
    this.#worker.on('exit', code => this.#fail(new Error(`the digest thread ended with ${code}`)))
  }

  begin(file: FileToDigest): void {
    this.#isSmall = file.sizeBytes < worthAMessageBytes
    if (this.#isSmall) this.#small.begin(file)
    else this.#worker.postMessage({begin: {isLog: file.isLog}} satisfies DigestRequest)
  }

  async update(bytes: Uint8Array): Promise<void> {
    if (this.#isSmall) return this.#small.update(bytes)
    const shared = bytes.buffer instanceof SharedArrayBuffer ? bytes : Uint8Array.from(bytes)
    await this.#ask({bytes: shared})
  }

  async finish(): Promise<FileFinding> {
    return this.#isSmall ? this.#small.finish() : this.#ask({finish: true})
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #ask(request: DigestRequest): Promise<FileFinding> {
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
