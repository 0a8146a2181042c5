import type {Io} from './io.ts'

/**
 * The pager for a long text, or undefined: only for a person at a terminal, only when the text is taller than
 * the screen, never when it is switched off (OPSDECK_PAGER or PAGER empty, or `cat`).
 */
export function pagerFor(text: string, io: Pick<Io, 'env' | 'stdin' | 'stdout'>): string[] | undefined {
  if (!io.stdout.isTTY || !io.stdin.isTTY || io.env['TERM'] === 'dumb') return undefined
  const lines = text.split('\n').length
  if (lines <= (io.stdout.rows ?? 24)) return undefined
  const chosen = io.env['OPSDECK_PAGER'] ?? io.env['PAGER'] ?? 'less'
  if (chosen.trim() === '' || chosen === 'cat') return undefined
  return chosen.split(/\s+/)
}

/** Shows a text in the pager until the person leaves it; false when the pager does not start. */
export async function showInPager([command = '', ...args]: string[], text: string, env: Io['env']): Promise<boolean> {
  const {spawn} = await import('node:child_process')
  return new Promise(resolve => {
    // F leaves at once when it fits after all, R keeps colours, X keeps the text on the screen, I ignores case.
    const child = spawn(command, args, {
      stdio: ['pipe', 'inherit', 'inherit'], env: {LESS: 'FIRX', ...env} as NodeJS.ProcessEnv,
    })
    child.once('error', () => resolve(false))
    child.once('exit', () => resolve(true))
    child.stdin.on('error', () => undefined)
    child.stdin.end(text)
  })
}
