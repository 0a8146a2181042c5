// The thread of ThreadDigester: a program of its own, started with this file.
import {parentPort} from 'node:worker_threads'
import type {DigestRequest} from './digest-thread.ts'
import {createVectorBlake3} from './blake3.ts'
import {createBlake3} from './hash.ts'

const hasher = (await createVectorBlake3()) ?? (await createBlake3())

parentPort!.on('message', (request: DigestRequest) => {
  if (request === 'begin') hasher.reset()
  else if (request === 'finish') parentPort!.postMessage(hasher.digest())
  else parentPort!.postMessage(hasher.update(request.bytes))
})
