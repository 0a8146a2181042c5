import type {Clock} from '../../clients/net/deadline.ts'
import {parseStart, type WalStart} from '../../clients/tael/wal-position.ts'
import {tailWal, type WalFrame, type WalItem} from '../../clients/tael/wal-tail.ts'
import type {SegmentFolder} from '../../clients/tael/walrus-folder.ts'
import {
  lostRow, notFollowedRow, passedRow, recordRow, RowRing, undecodedRow, type NewRow, type WalRow,
} from './wal-rows.ts'

export interface WalReading {
  /** Newest first. */
  items: readonly WalRow[]
  missing: readonly string[]
  path: string
  /** Since when it is followed, milliseconds since the epoch. */
  sinceMs: number
}

export interface FollowerOptions {
  clock: Clock
  open(): Promise<SegmentFolder>
  /** Lets other work go on. */
  breathe(): Promise<void>
  /** Nobody has looked for so long: the files are let alone. */
  idleMs?: number
}

/** After a longer absence what came meanwhile is left out, and said to be. */
const longestCatchUpMs = 60_000
/** So many records are decoded between two looks; a person reads fewer. */
const recordsALook = 2_000
/** Keys are answered at least so often. */
const sliceMs = 8

interface Run {
  stop: AbortController
  folder: Promise<SegmentFolder>
  failed?: Error
}

/** Follows a WAL while somebody looks, and keeps the newest of it. */
export class WalFollower {
  readonly #options: FollowerOptions
  readonly #ring = new RowRing()
  #run: Run | undefined
  #idle: NodeJS.Timeout | undefined
  #position: string | null = null
  #sinceMs = 0
  #stoppedMs = 0
  #decoded = 0
  #passed: {frames: number; position: string} | undefined
  #workedMs = 0

  constructor(options: FollowerOptions) {
    this.#options = options
  }

  /** What came up to now. Rejects when the files cannot be read; the next look begins again. */
  async look(): Promise<WalReading> {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.stop(), this.#options.idleMs ?? 5_000)
    this.#idle.unref()
    const run = (this.#run ??= this.#start())
    try {
      const {path} = await run.folder
      if (run.failed) throw run.failed
      this.#decoded = 0
      this.#tellPassed()
      return {items: this.#ring.newestFirst(), missing: [], path, sinceMs: this.#sinceMs}
    } catch (error) {
      if (this.#run === run) this.stop()
      throw error
    }
  }

  stop(): void {
    clearTimeout(this.#idle)
    if (!this.#run) return
    this.#run.stop.abort()
    this.#run = undefined
    this.#stoppedMs = this.#options.clock.monotonicMs()
  }

  #start(): Run {
    const run: Run = {stop: new AbortController(), folder: this.#options.open()}
    const from = this.#startingPoint()
    void run.folder.then(folder => this.#follow(folder, from, run.stop.signal)).catch((error: Error) => {
      run.failed = error
    })
    return run
  }

  #startingPoint(): WalStart {
    const {clock} = this.#options
    const position = this.#position
    if (position !== null && clock.monotonicMs() - this.#stoppedMs < longestCatchUpMs) return parseStart(position)
    if (position !== null) this.#ring.add([notFollowedRow(position)])
    this.#sinceMs = clock.nowMs()
    return 'now'
  }

  async #follow(folder: SegmentFolder, from: WalStart, signal: AbortSignal): Promise<void> {
    const {clock} = this.#options
    for await (const item of tailWal(folder, {topic: 'tael_wal', from, follow: true}, clock, signal)) {
      await this.#take(item, signal)
      await this.#pause()
    }
  }

  /** Nothing of what comes after the stop, which whoever follows next reads again. */
  async #take(item: WalItem, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    if (item.kind === 'tip') {
      this.#position = item.position ?? this.#position
      return
    }
    if (item.kind !== 'frame') this.#ring.add([lostRow(item)])
    else if (this.#decoded < recordsALook) await this.#frame(item, signal)
    else this.#passed = {frames: (this.#passed?.frames ?? 0) + 1, position: this.#passed?.position ?? item.position}
    if (!signal.aborted) this.#position = item.next ?? item.position
  }

  async #frame(frame: WalFrame, signal: AbortSignal): Promise<void> {
    if (!frame.slices || frame.signal === null) return this.#ring.add([undecodedRow(frame)])
    const rows: NewRow[] = []
    try {
      for (const slice of frame.slices) {
        for (const record of slice) rows.push(recordRow(frame, record))
        await this.#pause()
      }
    } catch (error) {
      rows.push(undecodedRow(frame, `not decodable: ${(error as Error).message}`))
    }
    if (signal.aborted) return
    this.#decoded += rows.length
    this.#ring.add(rows, frame.sizeBytes)
  }

  #tellPassed(): void {
    if (!this.#passed) return
    this.#ring.add([passedRow(this.#passed.frames, this.#passed.position)])
    this.#passed = undefined
  }

  async #pause(): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs()
    if (nowMs - this.#workedMs < sliceMs) return
    await this.#options.breathe()
    this.#workedMs = this.#options.clock.monotonicMs()
  }
}
