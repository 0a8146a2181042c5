import {spawn, type ChildProcess} from 'node:child_process'
import {createInterface} from 'node:readline'
import {peerBinary} from '../cache.ts'

export interface Reply {
  op: string
  claimed?: boolean
  released?: boolean
  failed?: boolean
  due?: boolean
  error?: string
}

/** One real engine as a process: commands one after the other, as a pod would give them. */
export interface Engine {
  send(words: string): Promise<Reply>
  claim(task: string): Promise<boolean>
  release(task: string, seconds?: number): Promise<Reply>
  child: ChildProcess
  stop(): Promise<void>
}

export async function startEngine(uri: string, pod: string, env: Record<string, string> = {}): Promise<Engine> {
  const child = spawn(peerBinary('scouter-0.25.0', 'bin', 'scouter-control-harness'), ['serve', uri], {
    env: {...process.env, ...env, HOSTNAME: pod, RUST_LOG: 'off'}, stdio: ['pipe', 'pipe', 'inherit'],
  })
  const waiting: ((reply: Reply) => void)[] = []
  createInterface({input: child.stdout!}).on('line', line => {
    if (line.startsWith('{')) waiting.shift()?.(JSON.parse(line) as Reply)
  })
  const next = () => new Promise<Reply>(resolve => waiting.push(resolve))
  const gone = new Promise<void>(resolve => child.once('exit', () => {
    for (const each of waiting.splice(0)) each({op: 'exit', error: 'the engine has ended'})
    resolve()
  }))
  const ready = await next()
  if (ready.op !== 'ready') throw new Error(`the engine did not start: ${JSON.stringify(ready)}`)
  const send = (words: string) => {
    const reply = next()
    child.stdin!.write(`${words}\n`)
    return reply
  }
  return {
    send,
    claim: async task => (await send(`try-claim ${task}`)).claimed === true,
    release: (task, seconds = 0) => send(`release ${task} ${seconds}`),
    child,
    stop: async () => {
      child.stdin!.end()
      child.kill()
      await gone
    },
  }
}
