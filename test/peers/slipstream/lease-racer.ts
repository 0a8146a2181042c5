// One process of a race: opens the bucket, then acquires once for each line "KEY HOLDER INSTANT", and prints what came of it.
import {createInterface} from 'node:readline'
import {LeaseClient} from '../../../src/clients/lease/client.ts'
import {NatsLeaseStore} from '../../../src/clients/lease/nats-store.ts'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {ConflictError} from '../../../src/clients/net/errors.ts'

const [url = '', bucket = ''] = process.argv.slice(2)
const client = new LeaseClient(await NatsLeaseStore.open({url, bucket, timeoutMs: 10_000}), systemClock, {retries: 2})
const signal = new AbortController().signal
console.log('ready')
for await (const line of createInterface({input: process.stdin})) {
  const [key = '', holderId = '', atMs] = line.split(' ')
  await systemClock.sleep(Number(atMs) - Date.now())
  console.log(await acquire(key, holderId))
}
await client.store.close()

async function acquire(key: string, holderId: string): Promise<string> {
  try {
    return (await (await client.planAcquire(key, {holderId, ttlS: 60n}, signal)).apply(signal)).state
  } catch (error) {
    if (error instanceof ConflictError) return 'held'
    throw error
  }
}
