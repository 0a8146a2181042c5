import {spawn} from 'node:child_process'
import {cleanEnv} from '../../helpers/cli.ts'

const commands = {bash: 'bash --norc --noprofile -i', zsh: 'zsh -f -i', fish: 'fish --no-config -i'}

export interface Terminal {
  /** Types, and waits until `wanted` is on the screen; gives what was printed since, without escape sequences. */
  type(keys: string, wanted: RegExp): Promise<string>
  close(): Promise<void>
}

/** An interactive shell in a terminal of its own, as a person has it. */
export function openShell(shell: keyof typeof commands, env: Record<string, string>): Terminal {
  const child = spawn('script', ['-qfc', commands[shell], '/dev/null'], {
    env: cleanEnv({TERM: 'xterm', PS1: '$ ', HISTFILE: '/dev/null', ...env}), stdio: ['pipe', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', chunk => (text += chunk))
  return {
    async type(keys, wanted) {
      const from = text.length
      child.stdin.write(keys)
      for (let waited = 0; waited < 30_000; waited += 50) {
        const shown = plain(text.slice(from))
        if (wanted.test(shown)) return shown
        await new Promise(resolve => setTimeout(resolve, 50))
      }
      throw new Error(`${shell}: ${String(wanted)} did not appear in ${JSON.stringify(plain(text.slice(from)))}`)
    },
    async close() {
      const ended = new Promise(resolve => child.once('close', resolve))
      child.stdin.write('\u0015exit\r')
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await ended
      clearTimeout(timer)
    },
  }
}

function plain(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/\u001b\][^\u0007]*\u0007|\u001b[[(][0-9;?]*[A-Za-z]|[\u0007\b\r]/g, '')
}
