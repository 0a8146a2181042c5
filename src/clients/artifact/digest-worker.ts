// The thread of ThreadDigester: a program of its own, started with this file.
import {parentPort, workerData} from 'node:worker_threads'
import type {DigestRequest} from './digest-thread.ts'
import {createVectorBlake3, type HasherMemory} from './blake3.ts'
import {createBlake3} from './hash.ts'

const place = workerData as HasherMemory | undefined
const hasher = (await createVectorBlake3(place)) ?? (await createBlake3())

parentPort!.on('message', (request: DigestRequest) => {
  if (request === 'begin') hasher.reset()
  else if (request === 'finish') parentPort!.postMessage(hasher.digest())
  else parentPort!.postMessage(hash(request))
})

function hash(request: Exclude<DigestRequest, string>): void {
  if ('bytes' in request) hasher.update(request.bytes)
  else hasher.update(new Uint8Array(place!.memory.buffer, request.at, request.length))
}
