import {createHash} from 'node:crypto'
import {hostname} from 'node:os'
import {join, resolve} from 'node:path'
import {Exit, UsageError} from '../clients/net/errors.ts'
import {roundView} from '../format/views/round.ts'
import {ttlSeconds} from './lease-command.ts'
import {checkTimes} from './lease-child.ts'
import {openLeases} from './open/leases.ts'
import {operatorAtHost} from './open/tools.ts'
import {planRound} from './round/begin.ts'
import type {RoundReport} from './round/report.ts'
import type {RoundOptions, RoundTools} from './round/round.ts'
import {SnapCommand} from './snap-command.ts'
import {stateFolder} from './state-folder.ts'

/** The flags of `snap round`, as parsed. */
export interface RoundWords {
  ttl?: number
  lease?: string
  holder?: string
  url?: string
  bucket?: string
  skew: number
  'check-every': number
  dir?: string
  keep: boolean
  grace?: number
  'on-expiry': 'kill' | 'warn'
  'kill-after': number
}

/** What `snap round` does beside its words: opens both stores, and prints the answer whatever became of the round. */
export abstract class RoundCommand extends SnapCommand {
  protected async round(key: string, command: readonly string[], flags: RoundWords): Promise<void> {
    const options = await this.#options(key, command, flags)
    checkTimes(options)
    this.stopOnSignals()
    const leases = await openLeases(await this.openTools(), {url: flags.url, bucket: flags.bucket})
    const tools: RoundTools = {
      leases,
      artifacts: await this.artifacts(),
      clock: this.io.clock,
      signals: process,
      env: this.io.env,
      note: text => this.note(text),
      onProgress: this.progress('push', key),
    }
    try {
      const {change, report} = await planRound(tools, options, this.signal)
      const done = await this.apply(change).catch(async (error: unknown) => {
        if (report.holder !== '') await this.#answer(report)
        throw error
      })
      if (done) await this.#answer(done)
      if (done?.outcome === 'overrun') this.#overran(done)
    } finally {
      await leases.store.close()
    }
  }

  async #options(key: string, command: readonly string[], flags: RoundWords): Promise<RoundOptions> {
    const {checkKey} = await import('../clients/artifact/object-key.ts')
    const {checkLeaseKey} = await import('../clients/lease/open.ts')
    const {ttl = 0, grace = 4 * ttl, keep} = flags
    return {
      key: checkKey(key),
      lease: checkLeaseKey(flags.lease ?? key),
      host: hostname(),
      holder: this.#uniqueHolder(flags.holder),
      folder: await this.#folder(key, flags),
      command,
      ttlS: ttlSeconds(ttl),
      graceMs: grace,
      keep,
      onExpiry: flags['on-expiry'],
      killAfterMs: flags['kill-after'],
      skewMs: flags.skew,
      checkEveryMs: flags['check-every'],
    }
  }

  /** Unique, so that a lease which a lost answer may have taken can be told to be ours. */
  #uniqueHolder(named = `snap:${operatorAtHost(this.io)}`): string {
    const digits = Math.floor(this.io.random() * 2 ** 32).toString(16)
    return `${named}/${digits.padStart(8, '0')}`
  }

  /** Where the artifact is written when no folder is named: the same for each round of a key in the same stores. */
  async #folder(key: string, {dir, url}: RoundWords): Promise<string> {
    if (dir !== undefined) return resolve(dir)
    const folder = stateFolder(this.io)
    if (!folder) throw new UsageError('no home folder is known', {hint: 'Name a folder with --dir.'})
    const settings = await this.settings()
    const places = [settings.section('artifacts')?.url, url ?? settings.section('leases')?.url, key]
    const digest = createHash('sha256').update(JSON.stringify(places)).digest('hex')
    return join(folder, 'rounds', `${key.replaceAll(/[^\w.-]/g, '_')}-${digest.slice(0, 8)}`)
  }

  async #answer(report: RoundReport): Promise<void> {
    this.endProgress()
    // Whoever waits for a round does not sit before a pager.
    this.shared['no-pager'] = true
    await this.show(roundView, report)
  }

  #overran({lease}: RoundReport): never {
    const why = `published, but the lease ${lease} was somebody else's by then: give rounds a longer --ttl`
    return this.leave(Exit.leaseLost, why)
  }
}
