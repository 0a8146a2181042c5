import {blockUnitBytes, headerBytes, readHeader, segmentBytes, unitEnd} from './walrus-header.ts'
import type {Segment} from './walrus-segment.ts'

/**
 * The first block at or behind `from` that holds `topic`, or something unreadable. An empty block ends the
 * search, since blocks are handed out in order; `deep` looks behind it, for damaged files.
 */
export async function firstBlock(
  segment: Segment, topic: string, from: number, deep: boolean,
): Promise<number | undefined> {
  for (let at = from; at < segmentBytes;) {
    const reading = await segment.header(at)
    if (reading.state === 'damaged') return at
    if (reading.state === 'empty' && !deep) return undefined
    if (reading.state === 'entry' && reading.header.topic === topic) return at
    at = reading.state === 'entry' ? reading.header.blockEnd : at + blockUnitBytes
  }
  return undefined
}

/** The end of what is written of `topic` in a segment, by headers alone; undefined when it holds none. */
export async function findTip(
  segment: Segment, topic: string,
): Promise<{offset: number; blockEnd: number} | undefined> {
  let tip: {offset: number; blockEnd: number} | undefined
  for (let at = 0; at < segmentBytes;) {
    const reading = await segment.header(at)
    if (reading.state === 'empty') break
    if (reading.state === 'entry' && reading.header.topic === topic) {
      tip = {offset: at, blockEnd: reading.header.blockEnd}
    }
    at = reading.state === 'entry' ? reading.header.blockEnd : at + blockUnitBytes
  }
  if (!tip) return undefined
  return {offset: await walkHeaders(segment, tip.offset, tip.blockEnd), blockEnd: tip.blockEnd}
}

/** The end of the block that holds `offset`, provided that an entry begins or may begin exactly there. */
export async function findOffset(segment: Segment, offset: number): Promise<number | undefined> {
  let block = 0
  let blockEnd = blockUnitBytes
  while (block <= offset) {
    const reading = await segment.header(block)
    blockEnd = reading.state === 'entry' ? reading.header.blockEnd : unitEnd(block)
    if (offset < blockEnd) break
    block = blockEnd
  }
  if (await walkHeaders(segment, block, offset) === offset) return blockEnd
  return (await segment.entry(offset)).state === 'entry' ? blockEnd : undefined
}

/** Steps from entry to entry while there are any and `end` is not reached; gives the place it stopped at. */
async function walkHeaders(segment: Segment, start: number, end: number): Promise<number> {
  let at = start
  while (at < end) {
    const reading = await segment.header(at, true)
    if (reading.state !== 'entry') break
    at += headerBytes + reading.header.payloadBytes
  }
  return at
}

/**
 * The first intact entry of `topic` between `from` and `end`, wherever it begins: how reading goes on behind
 * damaged bytes. Headers are recognised by the topic name in them and proved by the payload's checksum.
 */
export async function findEntry(
  segment: Segment, topic: string, from: number, end: number,
): Promise<number | undefined> {
  const name = Buffer.from(topic)
  for (let base = from; base < end;) {
    const bytes = Buffer.from(await segment.bytes(base))
    for (const offset of candidates(bytes, name)) {
      if (base + offset >= end) break
      const header = readHeader(bytes.subarray(offset, offset + headerBytes), base + offset)
      if (header.state !== 'entry' || header.header.topic !== topic) continue
      if ((await segment.entry(base + offset)).state === 'entry') return base + offset
    }
    if (bytes.length <= headerBytes) break
    base += bytes.length - headerBytes + 1
  }
  return undefined
}

/** Where a header would begin, given that the name stands at byte 2 (long names) or 6 (short ones) of it. */
function* candidates(bytes: Buffer, name: Buffer): Generator<number> {
  const shift = name.length > 7 ? 2 : 6
  for (let at = bytes.indexOf(name); at !== -1; at = bytes.indexOf(name, at + 1)) {
    const offset = at - shift
    if (offset >= 0 && offset + headerBytes <= bytes.length) yield offset
  }
}

/** The topic of the first block that has a readable header; undefined when nothing is written. */
export async function firstEntryTopic(segment: Segment): Promise<string | undefined> {
  for (let at = 0; at < segmentBytes; at += blockUnitBytes) {
    const reading = await segment.header(at)
    if (reading.state === 'entry') return reading.header.topic
  }
  return undefined
}
