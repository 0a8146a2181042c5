import {describe, expect, it} from 'vitest'
import type {KvPage} from '../../src/ui/model.ts'
import {kvSubject} from '../../src/ui/own-rows.ts'
import {valueLines} from '../../src/ui/value-lines.ts'
import {trial} from './trial.ts'

const entry = (key: string, value = 'v', valueEncoding: 'utf8' | 'hex' = 'utf8') => (
  {key, keyEncoding: 'utf8' as const, value, valueEncoding, sizeBytes: value.length})
const page = (keys: string[], over: Partial<KvPage> = {}): KvPage => (
  {items: keys.map(key => entry(key)), total: keys.length, node: 2, revision: 41n, ...over})

describe('the kv browser', () => {
  it('lists what begins with a prefix, and says how true and how whole that is', async () => {
    const asked: string[] = []
    const {type, keys, text} = trial({kv: async prefix => (asked.push(prefix), page(['/app/a', '/app/b'], {total: 1_000}))})
    await type(':kv /app/')
    await keys('enter')
    expect(asked).toEqual(['/app/'])
    expect(text({columns: 140, rows: 24})).toMatch(
      /KV  2  \/app\/  the first 2 of 1000: narrow it with :kv PREFIX  linearizable, node 2, revision 41, at 10:10:00Z/)
    expect(text()).toContain('> /app/a')
  })

  it('opens from the nodes with all keys, and comes back to them', async () => {
    const asked: string[] = []
    const {keys, text, update} = trial({kv: async prefix => (asked.push(prefix), page(['k']))})
    const {raft} = await import('./samples.ts')
    const {read} = await import('../../src/ui/world.ts')
    update(world => read({...world, sources: {raft: {intervalMs: 1}}}, 'raft', raft({id: 1, term: 1n}), {ms: 0, monotonicMs: 0}))
    await keys('5', 'enter')
    expect([asked, text().includes('> k ')]).toEqual([[''], true])
    await keys('esc')
    expect(text()).toContain('RAFT  3')
  })

  it('shows a value whole, whatever it is, and takes no control character to the screen', async () => {
    const value = `{"a": 1}\n\u001b[2J\n${'x'.repeat(150)}`
    const {type, keys, text} = trial({kv: async () => ({...page([]), items: [entry('/k', value), entry('/b', '00ff41', 'hex')], total: 2})})
    await type(':kv')
    await keys('enter', 'enter')
    expect(text()).toContain('    1  {"a": 1}')
    expect(text()).toContain('    2  \\e[2J')
    expect(text()).toContain(`    3  ${'x'.repeat(72)}\n`)
    expect(text()).not.toContain('\u001b')
    await keys('esc', 'down', 'd')
    expect(text()).toContain(`00000000  00 ff 41${' '.repeat(39)}  |..A|`)
    await keys('esc', 'y')
    expect(text()).toContain('"value": "00ff41"')
  })

  it('says why it could not be read, and keeps the rows of before beside that', async () => {
    let fails = false
    const {type, keys, text} = trial({kv: async () => (fails ? Promise.reject(new Error('no proven leader')) : page(['/a']))})
    await type(':kv')
    await keys('enter')
    fails = true
    await keys('ctrl-r')
    expect(text()).toMatch(/KV  1  all keys  linearizable, node 2, revision 41, at 10:10:00Z  no proven leader/)
    expect(text()).toContain('> /a')
  })

  it('takes no answer that comes after the next question', async () => {
    const answers: ((page: KvPage) => void)[] = []
    const {type, keys, text} = trial({kv: () => new Promise(resolve => answers.push(resolve))})
    await type(':kv')
    await keys('enter', 'ctrl-r')
    answers[1]!(page(['/new']))
    answers[0]!(page(['/old']))
    await keys('up')
    expect(text()).toContain('/new')
    expect(text()).not.toContain('/old')
  })

  it('gives the command of a key as a shell takes it', async () => {
    const {type, keys, text} = trial({kv: async () => ({...page([]), items: [entry("/it's")], total: 1})})
    await type(':kv')
    await keys('enter', '!')
    expect(text()).toContain(String.raw`ctl raft kv get '/it'\''s' -c test`)
  })
})

describe('what a kv list says', () => {
  it.each([
    ['/a/', page(['/a/b']), '/a/  linearizable, node 2, revision 41, at 00:00:00Z'],
    ['', page([]), 'all keys  (RocksDB nodes list none without a prefix: :kv PREFIX)  linearizable, node 2, revision 41, at 00:00:00Z'],
    ['/none/', page([]), '/none/  linearizable, node 2, revision 41, at 00:00:00Z'],
  ])('of %j', (prefix, given, words) => expect(kvSubject(prefix, given, 0)).toBe(words))
})

describe('a value as lines', () => {
  it.each([
    ['', 'utf8', ['    1  ']],
    ['a\nb', 'utf8', ['    1  a', '    2  b']],
    ['x'.repeat(73), 'utf8', [`    1  ${'x'.repeat(72)}`, '       x']],
    ['日'.repeat(37), 'utf8', [`    1  ${'日'.repeat(36)}`, '       日']],
    ['\t', 'utf8', ['    1  \\t']],
    ['', 'hex', []],
    ['41'.repeat(17), 'hex', [`00000000  ${Array(16).fill('41').join(' ')}  |${'A'.repeat(16)}|`, `00000010  41${' '.repeat(45)}  |A|`]],
  ])('%j (%s)', (value, encoding, lines) => expect(valueLines(value, encoding)).toEqual(lines))
})
