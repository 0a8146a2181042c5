import {render, useInput, useWindowSize, type Instance, type Key} from 'ink'
import {createElement, useEffect} from 'react'

/** What Ink hands over: keys by their names, and that the terminal has another size. */
export interface AppParts {
  press(pressed: string): void
  resized(): void
}

/**
 * Ink holds the terminal: raw mode, keys, size, and the end. It draws nothing: it would compose the whole screen anew
 * for each frame, character by character, which at 200 x 50 takes 10 ms and more garbage than all else together.
 */
export function App({press, resized}: AppParts) {
  const {columns, rows} = useWindowSize()
  useEffect(resized, [columns, rows])
  useInput((input, key) => {
    for (const name of keyNames(input, key)) press(name)
  })
  return null
}

const named: [keyof Key, string][] = [
  ['upArrow', 'up'], ['downArrow', 'down'], ['leftArrow', 'left'], ['rightArrow', 'right'],
  ['pageUp', 'pgup'], ['pageDown', 'pgdn'], ['home', 'home'], ['end', 'end'], ['return', 'enter'],
  ['escape', 'esc'], ['tab', 'tab'], ['backspace', 'backspace'], ['delete', 'backspace'],
]

/** Keys that a terminal may send in one piece with the characters before them. */
const together: Record<string, string[]> = {
  '\r': ['enter'], '\t': ['tab'], '\u007f': ['backspace'], '\u001c': ['ctrl-\\'],
}

/** The name of a key as the key table has it; quickly typed characters may come together. */
export function keyNames(input: string, key: Partial<Key>): string[] {
  const special = named.find(([flag]) => key[flag])
  if (special) return [special[1]]
  if (key.ctrl) return [`ctrl-${input}`]
  return [...input].flatMap(char => together[char] ?? (char >= ' ' ? [char] : []))
}

export function mount(parts: AppParts, streams: {stdout: NodeJS.WriteStream; stdin: NodeJS.ReadStream}): Instance {
  return render(createElement(App, parts), {...streams, interactive: true, patchConsole: false, exitOnCtrlC: false})
}
