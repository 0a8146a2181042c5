import {describe, expect, it} from 'vitest'
import {createSession} from '../../src/ui/session.ts'
import type {AnySource} from '../../src/ui/sources.ts'
import {createStore} from '../../src/ui/store.ts'
import {firstUi, type State} from '../../src/ui/ui-state.ts'
import {emptyWorld} from '../../src/ui/world.ts'
import {fakeSources} from './fake-sources.ts'
import {lease, leases} from './samples.ts'
import {trial} from './trial.ts'

const facts = (context: string, over = {}) => ({facts: {context, danger: false, readonly: false, version: '1', ...over}})
const soon = () => new Promise(resolve => setImmediate(resolve))

describe(':ctx', () => {
  it('goes to another context: header, guards and rows are its own, nothing of the old one is left', async () => {
    const closed: string[] = []
    const prod = fakeSources(facts('prod', {danger: true, readonly: true}))
    const {type, keys, text} = trial({switchTo: async () => prod, close: async () => void closed.push('test')})
    await type(':ctx prod')
    await keys('enter', '6')
    expect(text()).toContain(' prod DANGER  READ-ONLY')
    expect(text()).not.toContain('t-1')
    expect(closed).toEqual(['test'])
  })

  it('stays where it is when the other one cannot be opened', async () => {
    const {type, keys, text} = trial({switchTo: name => Promise.reject(new Error(`no context "${name}"`))})
    await type(':ctx nowhere')
    await keys('enter')
    expect(text()).toContain('no context "nowhere"')
    await keys('6')
    expect(text()).toContain('t-1')
  })

  it('completes the names of contexts, and lists them', async () => {
    const {type, keys, text} = trial({contexts: async () => ['prod-eu', 'prod-us', 'Sandbox']})
    await type(':ctx p')
    await keys('tab')
    expect(text()).toContain(':ctx prod-_  prod-eu prod-us')
    await keys('e', 'tab')
    expect(text()).toContain(':ctx prod-eu_')
    await keys('esc')
    await type(':ctx')
    await keys('enter')
    expect(text()).toContain('contexts: prod-eu prod-us Sandbox')
  })

  it('lets nobody say yes to a change of the context that was left', async () => {
    let plan: (planned: never) => void = () => undefined
    const {type, keys, text} = trial({
      plan: () => new Promise(resolve => (plan = resolve as never)), switchTo: async () => fakeSources(facts('prod')),
    })
    await keys('6', 'ctrl-d')
    await type(':ctx prod')
    await keys('enter')
    plan({what: 'fail t-1', target: 't-1', preview: '', warnings: [], typed: false} as never)
    await soon()
    expect(text()).not.toContain('[y/N]')
  })
})

function parts(over: Parameters<typeof fakeSources>[0]) {
  const sources = fakeSources(over)
  const store = createStore<State>({world: emptyWorld(sources.facts, sources.list), ui: firstUi})
  const stop = new AbortController()
  const session = createSession(sources, {
    store, signal: stop.signal, now: () => ({ms: 0, monotonicMs: 0}), sleep: () => new Promise(() => undefined), wanted: () => false,
  })
  return {store, stop, session}
}

describe('a session', () => {
  it('lets a reading of the old context not reach the new one', async () => {
    let answer: (reading: ReturnType<typeof leases>) => void = () => undefined
    const slow: AnySource = {name: 'leases', intervalMs: 1, read: () => new Promise(resolve => (answer = resolve))}
    const {session, store} = parts({list: [slow], switchTo: async () => fakeSources(facts('b'))})
    session.start()
    // The answer is there already, and on its way through the promises, when the context changes.
    const switched = session.switchTo('b')
    answer(leases(lease({key: 'old'})))
    await switched
    await soon()
    expect([store.get().world.facts.context, store.get().world.sources]).toEqual(['b', {}])
  })

  it('closes the old sources only after the write that goes through them', async () => {
    const order: string[] = []
    const {session} = parts({close: async () => void order.push('closed'), switchTo: async () => fakeSources(facts('b'))})
    let written: () => void = () => undefined
    session.hold(new Promise<void>(resolve => (written = resolve)).then(() => void order.push('written')))
    await session.switchTo('b')
    await soon()
    expect(order).toEqual([])
    written()
    await session.end()
    expect(order).toEqual(['written', 'closed'])
  })

  it('shows the last one that was asked for, and closes the others', async () => {
    const answers = new Map<string, () => void>()
    const closed: string[] = []
    const {session, store} = parts({switchTo: name => new Promise(resolve => answers.set(name, () => resolve(
      fakeSources({...facts(name), close: async () => void closed.push(name)}))))})
    const both = Promise.all([session.switchTo('b'), session.switchTo('c')])
    answers.get('c')!()
    await soon()
    answers.get('b')!()
    expect(await both).toEqual([false, true])
    expect([store.get().world.facts.context, closed]).toEqual(['c', ['b']])
    await session.end()
    expect(closed).toEqual(['b', 'c'])
  })
})
