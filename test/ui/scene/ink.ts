import {PassThrough} from 'node:stream'
import {render} from 'ink'
import {createElement} from 'react'
import {App} from '../../../src/ui/ink-app.ts'
import type {Size} from '../../../src/ui/layout.ts'
import type {Look, Stage} from './stage.ts'

/** The screen as the real tree of components gives it, through Ink; its lines hold the colours. */
export async function inkFrame(stage: Stage, {columns, rows}: Size, look: Look): Promise<string[]> {
  const written: string[] = []
  const stdout = Object.assign(new PassThrough(), {columns, rows, isTTY: true})
  stdout.on('data', chunk => written.push(String(chunk)))
  const stdin = Object.assign(new PassThrough(), {isTTY: true, setRawMode: () => stdin, ref: () => stdin, unref: () => stdin})
  const lines = stage.frame({columns, rows}, look)
  const screen = {get: () => lines, subscribe: () => () => undefined, draw: () => undefined, stop: () => undefined}
  const ink = render(createElement(App, {screen, press: () => undefined}), {
    stdout: stdout as never, stdin: stdin as never, debug: true, interactive: true, patchConsole: false, exitOnCtrlC: false,
  })
  await ink.waitUntilRenderFlush()
  const last = written.filter(text => text.includes('\n')).at(-1)!
  ink.unmount()
  await ink.waitUntilExit()
  return last.split('\n')
}
