import {expect} from 'vitest'
import {listing} from '../../../src/clients/directive/listing.ts'
import {aDirective, never, operator, planOptions, publish} from '../../contract/directive.ts'
import type {RealWorld} from './worlds.ts'

/** Two operators add at the same moment; how often one of them had to plan anew. */
export async function addAtOnce(world: RealWorld, rounds: number): Promise<{replanned: number}> {
  const stores = [await world.openStore(), await world.openStore()]
  const [ann, bob] = stores.map(store => operator(store, []))
  let replanned = 0
  for (let round = 0; round < rounds; round += 1) {
    await publish(ann!, {kind: 'clear'})
    const plans = await Promise.all([ann!, bob!].map((client, at) =>
      client.plan({kind: 'add', directives: [aDirective(`${round}-${at}`)]}, planOptions, never)))
    for (const outcome of await Promise.all(plans.map(plan => plan.apply(never)))) {
      expect(outcome.state).toBe('done')
      if (outcome.state === 'done') replanned += outcome.result.replanned
    }
    const there = listing(await ann!.load(), Date.now()).map(({id}) => id).sort()
    expect(there).toEqual([`${round}-0`, `${round}-1`])
  }
  await Promise.all(stores.map(store => store.close()))
  return {replanned}
}

/**
 * Two operators publish through the admin endpoints at the same moment. On no instance both may believe that
 * theirs is there; counts how often one was told of the loss.
 */
export async function publishAtOnce(world: RealWorld, rounds: number): Promise<{told: number}> {
  const stores = [await world.openStore(), await world.openStore()]
  const clients = stores.map(store => operator(store, []))
  let told = 0
  for (let round = 0; round < rounds; round += 1) {
    const plans = await Promise.all(clients.map((client, at) =>
      client.plan({kind: 'replace', directives: [aDirective(`${round}-${at}`)]}, planOptions, never)))
    const outcomes = await Promise.all(plans.map(plan => plan.apply(never)))
    for (const {name} of world.instances) {
      const believers = outcomes.filter(outcome => outcome.state === 'done' &&
        outcome.result.instances.some(({instance, state}) => instance === name && state === 'done'))
      expect(believers.length).toBeLessThanOrEqual(1)
    }
    told += outcomes.filter(outcome => outcome.state !== 'done' ||
      outcome.result.instances.some(({state}) => state !== 'done')).length
  }
  await Promise.all(stores.map(store => store.close()))
  return {told}
}
