import {describe, expect, it} from 'vitest'
import {guardTerminal} from '../../src/ui/terminal.ts'

function fake() {
  const done: string[] = []
  const stdout = {isTTY: true, write: (text: string) => done.push(text) > 0} as unknown as NodeJS.WriteStream
  const stdin = {setRawMode: (isRaw: boolean) => done.push(isRaw ? 'raw' : 'cooked')} as unknown as NodeJS.ReadStream
  return {done, guard: guardTerminal(stdout, stdin)}
}

describe('a terminal that is held', () => {
  it('is raw before anything is drawn on it', () => {
    const {done, guard} = fake()
    expect(done[0]).toBe('raw')
    expect(done[1]).toMatch(/^\u001b\[\?1049h[^]*\u001b\[\?25l[^]*\u001b\[\?7l$/)
    guard.restore()
  })

  it('is given back whole, once', () => {
    const {done, guard} = fake()
    const before = process.listenerCount('exit')
    guard.restore()
    guard.restore()
    expect(done.slice(2)).toEqual(['cooked', expect.stringMatching(/^\u001b\[\?7h\u001b\[\?25h\u001b\[\?1049l/)])
    expect(process.listenerCount('exit')).toBe(before - 1)
  })

  it('takes what is copied as base64, and no more than terminals take', () => {
    const {done, guard} = fake()
    guard.copy('a\u001b\u0007')
    guard.copy('x'.repeat(1_000_000))
    expect(done[2]).toBe('\u001b]52;c;YRsH\u0007')
    expect(done[3]!.length).toBeLessThanOrEqual(74_994 + 8)
    guard.restore()
  })
})
