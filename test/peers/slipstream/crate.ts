import {spawn} from 'node:child_process'
import {peerBinary} from '../cache.ts'

/** Runs the program over the real crate and gives its JSON answer; a refusal is an answer too. */
export async function crate(...words: string[]): Promise<Record<string, unknown>> {
  const program = peerBinary('slipstream-0.8.6', 'bin', 'slipstream-peer')
  const child = spawn(program, words, {stdio: ['ignore', 'pipe', 'inherit']})
  let text = ''
  for await (const chunk of child.stdout) text += chunk
  return JSON.parse(text) as Record<string, unknown>
}
