import {NotFoundError, UsageError} from '../net/errors.ts'
import {compareSegments, formatPosition} from './wal-position.ts'
import type {WalPosition, WalStart} from './wal-position.ts'
import type {SegmentFolder} from './walrus-folder.ts'
import {segmentBytes, unitEnd} from './walrus-header.ts'
import type {EntryHeader} from './walrus-header.ts'
import {findEntry, findOffset, findTip, firstBlock} from './walrus-search.ts'
import type {EntryReading, Segment} from './walrus-segment.ts'

export type TopicItem =
  /** `payload` is valid until the next item is asked for; undefined when too large to hold. */
  | {kind: 'entry'; at: WalPosition; next: WalPosition; header: EntryHeader; payload: Buffer | undefined}
  /** Bytes that are no intact entry were passed over; reading goes on at `next`. */
  | {kind: 'damage'; at: WalPosition; next: WalPosition; reason: string}
  /** The file of the wanted position is gone; reading goes on at `next`. */
  | {kind: 'gap'; at: WalPosition; next: WalPosition; reason: string}

interface Place extends WalPosition {
  segment: Segment
  blockEnd: number
}

function damageOf(reading: EntryReading): string {
  if (reading.state === 'damaged') return reading.reason
  return reading.state === 'empty' ? 'zeroes where an entry was' : 'an entry of another topic'
}

type OwnEntry = Extract<EntryReading, {state: 'entry'}>

/**
 * Reads the entries of one topic in the order in which they were appended, over blocks and files, while the
 * server writes.
 *
 * The writer fills a block, then takes the next one, then the next file, and after a start always a new file.
 * So a place without an intact entry is the end for now, unless something later exists; and when it does, what
 * was written before it is complete: the place is read once more and is damaged if it is still not intact.
 */
export class TopicReader {
  readonly #folder: SegmentFolder
  readonly #topic: string
  readonly #start: WalStart
  readonly #foreign = new Set<string>()
  #place: Place | undefined
  /** `now` has been looked for once: what comes to an empty directory afterwards is new. */
  #begun = false
  /** Why the last `next` stopped, when not simply because nothing more was there. */
  tipDamage: string | undefined

  constructor(folder: SegmentFolder, topic: string, start: WalStart) {
    this.#folder = folder
    this.#topic = topic
    this.#start = start
  }

  /** Where the next entry will be; undefined while there is no file. */
  get position(): WalPosition | undefined {
    return this.#place && {file: this.#place.file, offset: this.#place.offset}
  }

  async close(): Promise<void> {
    await this.#place?.segment.close()
    this.#place = undefined
  }

  /**
   * The next item, or undefined when all that is there has been read. `deep` also looks for entries behind
   * empty places, which only exist in damaged files: for reading once, and now and then while following.
   */
  async next(deep: boolean): Promise<TopicItem | undefined> {
    if (!this.#place) {
      const gap = await this.#begin()
      if (gap || !this.#place) return gap
    }
    for (;;) {
      const place = this.#place!
      const reading = await place.segment.entry(place.offset)
      if (this.#isOurs(reading)) return this.#take(reading)
      const later = await this.#later(reading, deep)
      if (!later) return undefined
      const item = await this.#pass(place, later)
      if (item) return item
    }
  }

  /** Something later exists: the place is read once more, and is left behind, as damaged if something stood there. */
  async #pass(place: Place, later: Place): Promise<TopicItem | undefined> {
    const again = await place.segment.entry(place.offset)
    if (this.#isOurs(again)) {
      if (later.segment !== place.segment) await later.segment.close()
      return this.#take(again)
    }
    const at = this.position!
    const isLost = again.state !== 'empty' || (later.file === at.file && later.offset < place.blockEnd)
    await this.#move(later)
    return isLost ? {kind: 'damage', at, next: this.position!, reason: damageOf(again)} : undefined
  }

  #isOurs(reading: EntryReading): reading is OwnEntry {
    return reading.state === 'entry' && reading.header.topic === this.#topic
  }

  #take({header, payload, next}: OwnEntry): TopicItem {
    const place = this.#place!
    const at = {file: place.file, offset: place.offset}
    place.offset = next
    place.blockEnd = header.blockEnd
    this.tipDamage = undefined
    return {kind: 'entry', at, next: {file: at.file, offset: next}, header, payload}
  }

  async #move(place: Place): Promise<void> {
    if (this.#place && this.#place.segment !== place.segment) await this.#place.segment.close()
    this.#place = place
    this.tipDamage = undefined
  }

  /** Where reading can go on behind a place without an intact entry; undefined when nothing is there. */
  async #later(reading: EntryReading, deep: boolean): Promise<Place | undefined> {
    const place = this.#place!
    this.tipDamage = reading.state === 'damaged' ? reading.reason : undefined
    const blockEnd = reading.state === 'damaged' ? reading.header?.blockEnd ?? place.blockEnd : place.blockEnd
    if (reading.state === 'damaged' && reading.next !== undefined && reading.next < blockEnd) {
      const following = await place.segment.header(reading.next)
      if (following.state === 'entry') return {...place, offset: reading.next, blockEnd}
    }
    const file = await this.#nextFile(place.file, deep)
    const block = await firstBlock(place.segment, this.#topic, blockEnd, deep || file !== undefined)
    const beyond = block === undefined ? file : {...place, offset: block, blockEnd: unitEnd(block)}
    if (block !== undefined) await file?.segment.close()
    if (!beyond && !deep) return undefined
    const found = await findEntry(place.segment, this.#topic, place.offset + 1, blockEnd)
    if (found === undefined) return beyond
    if (beyond && beyond.segment !== place.segment) await beyond.segment.close()
    return {...place, offset: found, blockEnd}
  }

  /** The first place of our topic in the files behind `after`. */
  async #nextFile(after: string | undefined, deep: boolean): Promise<Place | undefined> {
    for (const file of await this.#folder.list()) {
      if (after !== undefined && compareSegments(file, after) <= 0) continue
      if (this.#foreign.has(file) && !deep) continue
      const segment = await this.#folder.open(file)
      if (!segment) continue
      const offset = await firstBlock(segment, this.#topic, 0, deep)
      if (offset !== undefined) return {file, segment, offset, blockEnd: unitEnd(offset)}
      if ((await segment.header(0)).state === 'entry') this.#foreign.add(file)
      await segment.close()
    }
    return undefined
  }

  async #begin(): Promise<TopicItem | undefined> {
    if (typeof this.#start === 'object') return this.#beginAt(this.#start)
    if (this.#start === 'now' && !this.#begun) {
      this.#begun = true
      this.#place = await this.#newest()
    } else {
      this.#place = await this.#nextFile(undefined, true)
    }
    return undefined
  }

  async #newest(): Promise<Place | undefined> {
    for (const file of (await this.#folder.list()).reverse()) {
      const segment = await this.#folder.open(file)
      const tip = segment && (await findTip(segment, this.#topic))
      if (tip) return {file, segment, ...tip}
      await segment?.close()
    }
    return undefined
  }

  async #beginAt(start: WalPosition): Promise<TopicItem | undefined> {
    const segment = await this.#folder.open(start.file)
    if (!segment) return this.#beginBehind(start)
    const blockEnd = start.offset < segmentBytes ? await findOffset(segment, start.offset) : undefined
    if (blockEnd === undefined) {
      await segment.close()
      throw new UsageError(`no entry begins at ${formatPosition(start)}`, {
        endpoint: this.#folder.path, hint: 'Positions come from the output of wal tail, wal inspect and wal stat.',
      })
    }
    this.#place = {...start, segment, blockEnd}
    return undefined
  }

  async #beginBehind(start: WalPosition): Promise<TopicItem> {
    this.#place = await this.#nextFile(start.file, true)
    if (!this.#place) {
      throw new NotFoundError(`there is no segment ${start.file}, and none after it`, {endpoint: this.#folder.path})
    }
    const reason = `segment ${start.file} is gone: the server deletes what is full and consumed`
    return {kind: 'gap', at: start, next: this.position!, reason}
  }
}
