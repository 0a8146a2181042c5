import {rm} from 'node:fs/promises'
import type {Directive} from '../clients/directive/model.ts'
import {openDirectives} from '../clients/directive/open.ts'
import {recordFile} from '../clients/directive/record-file.ts'
import {defaultPolicy} from '../clients/directive/validate.ts'
import type {Clock} from '../clients/net/deadline.ts'

export interface SeedOptions {
  instances: readonly string[]
  adminToken: string
  /** Where this account keeps what it published: the proxies themselves tell no times. */
  recordFolder: string
  clock: Clock
  random: () => number
}

const bare = {samplePerMille: 1000, ringBuffer: false, capture: false}

/** One that lasts for half an hour, and one that is about to end. */
const seeds: readonly Directive[] = [
  {...bare, id: 'timing-zeta', level: 'ShapeTiming', tenant: 'zeta', ttlSecs: 1_800, samplePerMille: 100},
  {...bare, id: 'shape-orders', level: 'Shape', index: 'orders', ttlSecs: 180, ringBuffer: true},
]

/** Publishes the seeds as an operator would, with their ends on record. Gives what takes the record away again. */
export async function seedDirectives(options: SeedOptions): Promise<() => Promise<void>> {
  const {instances, adminToken, recordFolder, clock, random} = options
  const {client, close} = await openDirectives({
    instances, adminToken, recordFolder, clock, random, allowCleartext: false, policy: defaultPolicy,
    by: 'sandbox', timeoutMs: 5_000, connectTimeoutMs: 2_000, retries: 0,
  })
  try {
    const change = await client.plan({kind: 'add', directives: [...seeds]}, {
      action: 'publish', target: seeds.map(({id}) => id).join(', '), reason: 'slow writes of tenant zeta', verify: true,
    })
    const outcome = await change.apply(AbortSignal.timeout(30_000))
    if (outcome.state !== 'done') throw outcome.error
  } finally {
    await close()
  }
  return async () => {
    await Promise.all(instances.map(instance => rm(recordFile(recordFolder, instance), {force: true})))
  }
}
