// The thread of ThreadDigester: a program of its own, started with this file.
import {parentPort} from 'node:worker_threads'
import type {DigestRequest} from './digest-thread.ts'
import {DirectDigester} from './digest.ts'
import {createBlake3} from './hash.ts'

const digester = createBlake3().then(hasher => new DirectDigester(hasher))
let last: Promise<unknown> = digester

parentPort!.on('message', (request: DigestRequest) => {
  last = last.then(async () => {
    const own = await digester
    if ('begin' in request) own.begin(request.begin)
    else parentPort!.postMessage('bytes' in request ? await own.update(request.bytes) : await own.finish())
  })
})
