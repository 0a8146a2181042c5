import type {SharedMemory} from './shared-memory.ts'

/*
 * The compression of BLAKE3 for four inputs at once, as a WebAssembly module with 128-bit vectors, assembled here:
 * each vector holds one word of the four states. The rounds are those of the BLAKE3 paper, section 2.
 */

const iv = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19]
const permutation = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]
const rounds = 7

/** How many parameters the kernel has, all i32; see `Compress4`. */
const parameters = 10

/** Locals behind the parameters: 16 words of state, 16 of the message, 8 of the chaining value, three to turn. */
const state = (index: number): number => parameters + index
const message = (index: number): number => parameters + 16 + index
const chain = (index: number): number => parameters + 32 + index
const turn = parameters + 40
/** The order of bytes that a turn by so many bytes gives; V8 takes it from a local sooner than from a constant. */
const byteOrder = (count: number): number => turn + count
const vectors = 43

type Code = number[]
const four = [0, 1, 2, 3]

const unsigned = (value: number): Code => (value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)])
const signed = (value: number): Code =>
  value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)]
const bytes32 = (value: number): Code => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24]

const get = (local: number): Code => [0x20, ...unsigned(local)]
const set = (local: number): Code => [0x21, ...unsigned(local)]
const tee = (local: number): Code => [0x22, ...unsigned(local)]
const constant = (value: number): Code => [0x41, ...signed(value | 0)]
const vector = (...words: number[]): Code => [0xfd, 0x0c, ...words.flatMap(bytes32)]
const load = (offset: number): Code => [0xfd, 0x00, 0x00, ...unsigned(offset)]
const store = (offset: number): Code => [0xfd, 0x0b, 0x00, ...unsigned(offset)]
const shuffle = (...lanes: number[]): Code => [0xfd, 0x0d, ...lanes]
const swizzle: Code = [0xfd, 0x0e]
const splat: Code = [0xfd, 0x11]
const xor: Code = [0xfd, 0x51]
const or: Code = [0xfd, 0x50]
const add: Code = [0xfd, 0xae, 0x01]
const multiply: Code = [0xfd, 0xb5, 0x01]
const shiftLeft: Code = [0xfd, 0xab, 0x01]
const shiftRight: Code = [0xfd, 0xad, 0x01]
const add32: Code = [0x6a]
const subtract32: Code = [0x6b]
const multiply32: Code = [0x6c]
const and32: Code = [0x71]
const or32: Code = [0x72]
const isZero: Code = [0x45]
const choose: Code = [0x1b]
const loop: Code = [0x03, 0x40]
const again: Code = [0x0d, 0x00]
const end: Code = [0x0b]

/** Rotations by whole bytes are one swizzle, the others two shifts. */
const byteTurn = (count: number): Code => [...get(byteOrder(count)), ...swizzle]
const setByteOrders = (): Code => [1, 2].flatMap(count => {
  const turned = Array.from({length: 4}, (_, byte) => ((byte + count) & 3) << (8 * byte)).reduce((a, b) => a | b)
  return [...vector(...four.map(word => turned + word * 0x04040404)), ...set(byteOrder(count))]
})
const bitTurn = (count: number): Code => [
  ...tee(turn), ...constant(count), ...shiftRight, ...get(turn), ...constant(32 - count), ...shiftLeft, ...or,
]

function mix(a: number, b: number, c: number, d: number, x: number, y: number): Code {
  const half = (word: number, turnD: Code, turnB: Code): Code => [
    ...get(a), ...get(b), ...add, ...get(word), ...add, ...tee(a), ...get(d), ...xor, ...turnD, ...tee(d),
    ...get(c), ...add, ...tee(c), ...get(b), ...xor, ...turnB, ...set(b),
  ]
  return [...half(x, byteTurn(2), bitTurn(12)), ...half(y, byteTurn(1), bitTurn(7))]
}

/** The columns of the state, then its diagonals. */
const quarters = [
  [0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15],
  [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14],
] as const

function round(schedule: number[]): Code {
  return quarters.flatMap(([a, b, c, d], index) =>
    mix(state(a), state(b), state(c), state(d), message(schedule[index * 2]!), message(schedule[index * 2 + 1]!)))
}

function allRounds(): Code {
  const code: Code = []
  let schedule = Array.from({length: 16}, (_, index) => index)
  for (let count = 0; count < rounds; count += 1) {
    code.push(...round(schedule))
    schedule = permutation.map(from => schedule[from]!)
  }
  return code
}

const low = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23]
const high = low.map(lane => lane + 8)
const lowPair = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]
const highPair = lowPair.map(lane => lane + 8)

/** Turns four locals from `first` on, one of each input with four words, into one of each word. */
function transpose(first: number): Code {
  const [a, b, c, d] = [first, first + 1, first + 2, first + 3] as const
  // The state holds nothing yet, or nothing any more.
  const [p, q, r, s] = [state(0), state(1), state(2), state(3)] as const
  const pair = (one: number, two: number, lanes: number[], to: number): Code =>
    [...get(one), ...get(two), ...shuffle(...lanes), ...set(to)]
  return [
    ...pair(a, b, low, p), ...pair(a, b, high, q), ...pair(c, d, low, r), ...pair(c, d, high, s),
    ...pair(p, r, lowPair, a), ...pair(p, r, highPair, b), ...pair(q, s, lowPair, c), ...pair(q, s, highPair, d),
  ]
}

/** The parameters, in the order of `Compress4`. */
const [input, stride, blocks, counterLow, counterHigh, counterStep, flags, endFlag, lastBytes, output] =
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const

const eight = [0, 1, 2, 3, 4, 5, 6, 7]

function loadMessage(): Code {
  const address = (lane: number): Code => [...get(input), ...get(stride), ...constant(lane), ...multiply32, ...add32]
  return four.flatMap(group => [
    ...four.flatMap(lane => [...address(lane), ...load(group * 16), ...set(message(group * 4 + lane))]),
    ...transpose(message(group * 4)),
  ])
}

function startState(): Code {
  const isLast: Code = [...get(blocks), ...constant(1), ...subtract32, ...isZero]
  return [
    ...eight.flatMap(index => [...get(chain(index)), ...set(state(index))]),
    ...four.flatMap(index => [...vector(iv[index]!, iv[index]!, iv[index]!, iv[index]!), ...set(state(8 + index))]),
    ...get(counterLow), ...splat, ...get(counterStep), ...splat, ...vector(0, 1, 2, 3), ...multiply, ...add,
    ...set(state(12)),
    ...get(counterHigh), ...splat, ...set(state(13)),
    ...get(lastBytes), ...constant(64), ...isLast, ...choose, ...splat, ...set(state(14)),
    ...get(flags), ...get(endFlag), ...constant(0), ...isLast, ...choose, ...or32, ...splat, ...set(state(15)),
  ]
}

/** For each block: message in, rounds, chaining value out; the flag of a start is cleared after the first. */
function kernel(): Code {
  return [
    ...setByteOrders(),
    ...iv.flatMap((word, index) => [...vector(word, word, word, word), ...set(chain(index))]),
    ...loop,
    ...loadMessage(), ...startState(), ...allRounds(),
    ...eight.flatMap(index => [...get(state(index)), ...get(state(8 + index)), ...xor, ...set(chain(index))]),
    ...get(flags), ...constant(~1), ...and32, ...set(flags),
    ...get(input), ...constant(64), ...add32, ...set(input),
    ...get(blocks), ...constant(1), ...subtract32, ...tee(blocks), ...again, ...end,
    ...[0, 4].flatMap(half => [
      ...transpose(chain(half)),
      ...four.flatMap(lane => [...get(output), ...get(chain(half + lane)), ...store(lane * 32 + half * 4)]),
    ]),
    ...end,
  ]
}

/** What is used of the global; Node's types leave it out. */
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean
  instantiate(bytes: Uint8Array, imports: {env: {memory: SharedMemory}}): Promise<{instance: {exports: unknown}}>
}

const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content]
const name = (text: string): Code => [text.length, ...Buffer.from(text)]

const mostPages = 65_536

function moduleBytes(): Uint8Array {
  const body = [1, ...unsigned(vectors), 0x7b, ...kernel()]
  return Uint8Array.from([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [1, 0x60, parameters, ...Array<number>(parameters).fill(0x7f), 0]),
    ...section(2, [1, ...name('env'), ...name('memory'), 2, 3, 0, ...unsigned(mostPages)]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('compress4'), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ])
}

/**
 * Compresses four inputs of `blocks` blocks, `stride` bytes apart from `input` on, to chaining values of 32 bytes
 * each at `output`. Input i counts as chunk counter + i * `counterStep`. `flags` hold for all blocks, but CHUNK_START
 * (1) only for the first; `endFlag` and the length `lastBytes` hold for the last block.
 */
export type Compress4 = (
  input: number, stride: number, blocks: number, counterLow: number, counterHigh: number, counterStep: number,
  flags: number, endFlag: number, lastBytes: number, output: number,
) => void

/** The kernel over a memory; undefined where there are no vectors. */
export async function loadKernel(memory: SharedMemory): Promise<Compress4 | undefined> {
  const module = moduleBytes()
  if (!WebAssembly.validate(module)) return undefined
  const {instance} = await WebAssembly.instantiate(module, {env: {memory}})
  return (instance.exports as {compress4: Compress4}).compress4
}
