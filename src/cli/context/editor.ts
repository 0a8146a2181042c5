import {readFile, rm, writeFile} from 'node:fs/promises'
import {UsageError} from '../../clients/net/errors.ts'
import type {Io} from '../io.ts'
import {rewriteConfig, type EditTools} from './edit.ts'
import {asConfig} from './file.ts'
import {contextProblems} from './keys.ts'
import type {ConfigFile} from './schema.ts'

/**
 * Lets the operator edit a copy; what comes back replaces the file only when it is a sound configuration and
 * nobody else changed the file meanwhile, else the copy is kept. Returns whether the file changed.
 */
export async function editInEditor(
  path: string, io: Pick<Io, 'env' | 'stdin' | 'pid' | 'clock' | 'random'>,
): Promise<boolean> {
  const editor = io.env['VISUAL'] || io.env['EDITOR']
  if (!editor || !io.stdin.isTTY) {
    throw new UsageError(editor ? 'an editor needs a terminal' : 'EDITOR is not set', {
      hint: 'Use: ctl context set NAME key=value',
    })
  }
  const copy = `${path}.${io.pid}.yaml`
  const before = await readFile(path, 'utf8')
  await writeFile(copy, before, {mode: 0o600})
  await runEditor(editor, copy).catch(async error => {
    await rm(copy, {force: true})
    throw error
  })
  const text = await readFile(copy, 'utf8')
  if (text !== before) await takeOver(path, {before, text, copy}, io)
  await rm(copy, {force: true})
  return text !== before
}

async function takeOver(
  path: string, {before, text, copy}: {before: string; text: string; copy: string}, tools: EditTools,
): Promise<void> {
  const kept = `what you wrote is kept in ${copy}`
  await check(text, kept)
  await rewriteConfig(path, tools, now => {
    if (now === before) return text
    throw new UsageError(`the configuration was changed by somebody else meanwhile; nothing was replaced, ${kept}`, {
      code: 'CONFIG_CHANGED',
    })
  })
}

async function runEditor(editor: string, file: string): Promise<void> {
  const {spawn} = await import('node:child_process')
  const [command = '', ...args] = editor.split(/\s+/)
  await new Promise<void>((resolve, reject) => {
    const child = spawn(command, [...args, file], {stdio: 'inherit'})
    const fail = (what: string, cause?: Error) => reject(new UsageError(what, {cause}))
    child.once('error', cause => fail(`the editor ${command} does not start: ${cause.message}`, cause))
    child.once('exit', code => (code === 0 ? resolve() : fail(`the editor ended with ${code}; nothing was changed`)))
  })
}

async function check(text: string, kept: string): Promise<void> {
  const {parse} = await import('./yaml.ts')
  let config: ConfigFile
  try {
    config = asConfig(parse(text))
  } catch (cause) {
    throw new UsageError(
      `what was written is not a configuration: ${(cause as Error).message}; nothing was changed, ${kept}`,
      {code: 'CONFIG_INVALID', cause},
    )
  }
  const problems = Object.entries(config.contexts ?? {}).flatMap(
    ([name, context]) => contextProblems(context).map(each => `${name}: ${each}`),
  )
  if (problems.length > 0) throw new UsageError(`${problems.join('; ')}; nothing was changed, ${kept}`, {
    code: 'CONFIG_INVALID',
  })
}
