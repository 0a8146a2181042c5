import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {join} from 'node:path'
import {createInterface} from 'node:readline'

/** Writer processes of ours on one table, which act at the same moment when told to. */
export function startWorkers(root: string, count: number, fence: boolean) {
  const workers = Array.from({length: count}, (_, n) => {
    const words = [join(import.meta.dirname, 'worker.ts'), root, `w${n}`, fence ? 'fence' : 'look']
    const child = spawn(process.execPath, words, {stdio: ['pipe', 'pipe', 'inherit']})
    const lines = createInterface({input: child.stdout})
    return {
      ask: async (words: string) => {
        child.stdin.write(`${words}\n`)
        return String((await once(lines, 'line'))[0])
      },
      stop: () => child.kill(),
    }
  })
  return {
    /** What each of them said. */
    all: (words: string) => Promise.all(workers.map(worker => worker.ask(words))),
    one: (at: number, words: string) => workers[at]!.ask(words),
    stop: () => workers.forEach(worker => worker.stop()),
  }
}

/** Rounds in which all claim one task at once; the number of winners of each. */
export async function raceRounds(
  root: string, count: number, rounds: number, taskOf: (round: number) => string,
): Promise<number[]> {
  const workers = startWorkers(root, count, true)
  const winners: number[] = []
  try {
    for (let round = 0; round < rounds; round += 1) {
      const said = await workers.all(`claim ${taskOf(round)}`)
      winners.push(said.filter(word => word === 'done').length)
      const strange = said.filter(word => word !== 'done' && word !== 'HELD')
      if (strange.length > 0) throw new Error(`round ${round}: ${strange.join(', ')}`)
      if ((await workers.one(said.indexOf('done'), `release ${taskOf(round)}`)) !== 'done') {
        throw new Error('the winner could not release')
      }
    }
  } finally {
    workers.stop()
  }
  return winners
}
