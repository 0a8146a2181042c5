import {EventEmitter, once} from 'node:events'
import {PassThrough} from 'node:stream'
import {expect, test} from 'vitest'
import type {SignalSource} from '../../src/cli/child.ts'
import type {Io} from '../../src/cli/io.ts'
import {confirm, type Confirmation} from '../../src/cli/prompt.ts'

function terminal() {
  const [stdin, stderr] = [new PassThrough(), new PassThrough()].map(stream => Object.assign(stream, {isTTY: true}))
  return {io: {stdin, stderr} as unknown as Io, stdin: stdin!, stderr: stderr!}
}

const wanted = (extra: Partial<Confirmation> = {}): Confirmation =>
  ({what: 'delete /app/x', name: '/app/x', typed: false, yes: false, confirm: undefined, ...extra})

test.each([
  ['SIGINT', false, 130], ['SIGTERM', false, 143], ['SIGHUP', true, 129],
] as const)('%s ends a question, also where a command keeps signals for later', async (signal, typed, exit) => {
  const {io, stdin, stderr} = terminal()
  const signals = new EventEmitter()
  // As a command does that wants to end its work in order.
  signals.on(signal, () => undefined)
  const asked = confirm(io, wanted({typed}), signals as unknown as SignalSource)
  const failed = expect(asked).rejects.toMatchObject({exit, message: 'interrupted, nothing was changed'})
  await once(stderr, 'data')
  signals.emit(signal, signal)
  // A word that comes too late agrees to nothing.
  stdin.write(typed ? '/app/x\n' : 'y\n')
  await failed
  expect(signals.listenerCount(signal)).toBe(1)
})

test('an answer leaves the signals as they were', async () => {
  const {io, stdin} = terminal()
  const signals = new EventEmitter()
  stdin.write('y\n')
  await confirm(io, wanted(), signals as unknown as SignalSource)
  expect(signals.eventNames()).toEqual([])
})
