// Runs one round and kills itself before the nth call on a store, or after its nth write:
// node killed.ts DIR PLACES (before|after) N COMMAND…
import {openWorld, type Places} from './world.ts'

const [dir = '', places = '', when = '', nth = '0', ...command] = process.argv.slice(2)
const world = await openWorld(dir, JSON.parse(places) as Places)
let calls = 0

/** Counts the calls of these methods, whoever makes them. */
function kill(store: object, names: readonly string[]): void {
  const methods = store as Record<string, (...args: unknown[]) => unknown>
  for (const name of names) {
    const real = methods[name]!.bind(store)
    methods[name] = (...args: unknown[]) => {
      const isIt = (calls += 1) === Number(nth)
      if (isIt && when === 'before') process.kill(process.pid, 'SIGKILL')
      const answer = real(...args)
      return isIt ? Promise.resolve(answer).then(() => process.kill(process.pid, 'SIGKILL')) : answer
    }
  }
}

const isAny = when === 'before'
kill(world.leases.store, isAny ? ['read', 'write'] : ['write'])
kill(world.artifacts.store, isAny ? ['read', 'stat', 'upload', 'swap', 'remove'] : ['upload', 'swap', 'remove'])
const {outcome} = await world.round(command)
if (outcome.state !== 'done') throw outcome.error
await world.close()
process.stdout.write(String(calls))
