// One writer process of the tests: claims and releases on the word of its parent, one line each.
import {createInterface} from 'node:readline'
import {claim, client, release} from './tables.ts'

const [root = '', holder = ''] = process.argv.slice(2)
const tasks = client(root, {fence: process.argv[4] === 'fence'})
for await (const line of createInterface({input: process.stdin})) {
  const [verb, task = ''] = line.split(' ')
  const work = verb === 'claim' ? claim(tasks, task, holder) : release(tasks, task, 0, holder)
  const said = await work.then(() => 'done', (error: {code?: string}) => error.code ?? String(error))
  process.stdout.write(`${said}\n`)
}
