// Loaded before a writer: ends the process by KILL just before the n-th file system step that changes something.
import promises from 'node:fs/promises'
import {syncBuiltinESMExports} from 'node:module'

const killAt = Number(process.env.KILL_AT)
let steps = 0
const step = () => {
  steps += 1
  if (steps === killAt) process.kill(process.pid, 'SIGKILL')
}
for (const name of ['link', 'unlink', 'rename', 'open']) {
  const plain = promises[name]
  promises[name] = async (...words) => {
    if (name !== 'open' || words[1] !== 'r') step()
    const result = await plain(...words)
    if (name === 'open' && words[1] === 'wx') {
      for (const part of ['writeFile', 'sync']) {
        const inner = result[part].bind(result)
        result[part] = async (...more) => {
          step()
          if (part === 'writeFile' && steps + 1 === killAt) await inner(more[0].subarray(0, more[0].length / 2))
          else await inner(...more)
        }
      }
    }
    return result
  }
}
syncBuiltinESMExports()
