import {Box, render, Text, useInput, useWindowSize, type Instance, type Key} from 'ink'
import {createElement, memo, useEffect, useSyncExternalStore} from 'react'
import type {Screen} from './screen.ts'

/** Ink only shows what is painted and hands over keys; it knows nothing of what they mean. */
export interface AppParts {
  screen: Screen
  press(pressed: string): void
}

const Row = memo(({text}: {text: string}) => createElement(Text, {wrap: 'truncate'}, text === '' ? ' ' : text))

export function App({screen, press}: AppParts) {
  const lines = useSyncExternalStore(screen.subscribe, screen.get)
  const {columns, rows} = useWindowSize()
  useEffect(() => screen.draw(), [columns, rows])
  useInput((input, key) => {
    for (const name of keyNames(input, key)) press(name)
  })
  const shown = lines.slice(0, Math.max(1, rows - 1))
  return createElement(Box, {flexDirection: 'column', width: columns, height: shown.length, overflow: 'hidden'},
    shown.map((text, at) => createElement(Row, {key: at, text})))
}

const named: [keyof Key, string][] = [
  ['upArrow', 'up'], ['downArrow', 'down'], ['leftArrow', 'left'], ['rightArrow', 'right'], ['pageUp', 'pgup'], ['pageDown', 'pgdn'],
  ['home', 'home'], ['end', 'end'], ['return', 'enter'], ['escape', 'esc'], ['tab', 'tab'], ['backspace', 'backspace'], ['delete', 'backspace'],
]

/** The name of a key as the key table has it; quickly typed characters may come together. */
export function keyNames(input: string, key: Partial<Key>): string[] {
  const special = named.find(([flag]) => key[flag])
  if (special) return [special[1]]
  if (key.ctrl) return [`ctrl-${input}`]
  return [...input].filter(char => char >= ' ' && char !== '\u007f')
}

export function mount(parts: AppParts, streams: {stdout: NodeJS.WriteStream; stdin: NodeJS.ReadStream}): Instance {
  return render(createElement(App, parts), {
    ...streams, alternateScreen: true, incrementalRendering: true, interactive: true, patchConsole: false, exitOnCtrlC: false, maxFps: 60,
  })
}
