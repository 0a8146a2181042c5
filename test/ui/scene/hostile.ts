import {failedTraceId} from './screens.ts'
import type {Scene} from './sources.ts'

/** What a server may send where it should send a short word. */
export const hostileTexts: Record<string, string> = {
  'clear screen': '\u001b[2J\u001b[H\u001b[31mred',
  'terminal title and clipboard': '\u001b]0;title\u0007\u001b]52;c;cm0gLXJm\u0007\u009b31m\u0090q\u009c',
  'line ends': 'a\nb\rc\td\u000be\u2028f\u0085g',
  wide: '日本語のとても長い名前がここにあります',
  'a pile of marks': `e${'\u0301'.repeat(500)}Z\u0489\u0488`,
  'ten kilobytes': 'x'.repeat(10_000),
  'ten kilobytes, wide': '漢'.repeat(5_000),
  families: '👩‍👩‍👧‍👦👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿👍🏽',
  overrides: '\u202eright-to-left\u2066\u2067',
  'right to left': 'שלום עולם مرحبا',
  'half a pair': 'a\ud83db\udc00c',
  empty: '',
  'zero width': '\u200b\u200d\u2060\ufeff\u00ad',
}

/** Every text within, changed; what is no plain data stays. */
export function mapTexts<T>(value: T, change: (text: string) => string): T {
  if (typeof value === 'string') return change(value) as T
  if (Array.isArray(value)) return value.map(each => mapTexts(each as unknown, change)) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapTexts(each as unknown, change)])) as T
}

const closedWords = /^(held|completed|expired|idle|free|due|processing|stale|fence|active|unknown|firing|pending|ok|leader|follower|error|split|voter|until|at least|utf8|hex|unset)$/
const instant = /^\d{4}-\d\d-\d\dT/

/** Instants and the words of a protocol stay: servers choose names, ids, messages and values. */
const named = (hostile: string) => (text: string) => (instant.test(text) || closedWords.test(text) ? text : `${hostile}${text.slice(0, 8)}`)
/** Nothing stays, not even what a client would refuse. */
const whole = (hostile: string) => () => hostile

/** The scene, with this text from every server. */
export function hostileScene(hostile: string, mode: 'named' | 'whole'): (scene: Scene) => Scene {
  const change = (mode === 'named' ? named : whole)(hostile)
  const from = <T>(value: T) => mapTexts(value, change)
  return scene => ({
    ...scene,
    facts: {...scene.facts, context: change('prod-eu'), version: change('0.1.0')},
    list: scene.list.map(source => ({...source, at: (step: number) => from(source.at(step))})),
    trace: async (_, signal) => {
      if (mode === 'whole') throw new Error(hostile)
      return from(await scene.trace(failedTraceId, signal))
    },
    taskHistory: async (task, signal) => from(await scene.taskHistory(task, signal)),
    kv: async (prefix, signal) => from(await scene.kv(prefix, signal)),
    contexts: async () => from(await scene.contexts()),
    plan: async (request, signal) => {
      const planned = await scene.plan(request, signal)
      const {what, target, preview, warnings} = planned
      return {...planned, ...from({what, target, preview, warnings}), apply: async () => change('done')}
    },
    save: async () => change('/state/file'),
  })
}
