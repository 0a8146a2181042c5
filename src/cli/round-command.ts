import {createHash} from 'node:crypto'
import {hostname} from 'node:os'
import {join, resolve} from 'node:path'
import {Exit, UsageError} from '../clients/net/errors.ts'
import {roundView} from '../format/views/round.ts'
import {checkTimes} from './lease-round.ts'
import {openLeases} from './open/leases.ts'
import {operatorAtHost} from './open/tools.ts'
import {planRound} from './round/begin.ts'
import type {RoundReport} from './round/report.ts'
import type {RoundOptions} from './round/round.ts'
import {SnapCommand} from './snap-command.ts'

export type RoundWords = Omit<RoundOptions, 'host' | 'holder'> & {holder?: string; url?: string; bucket?: string}

/** What `snap round` does beside its words: opens both stores, and prints the answer whatever became of the round. */
export abstract class RoundCommand extends SnapCommand {
  protected async round({holder, url, bucket, ...words}: RoundWords): Promise<void> {
    checkTimes(words)
    this.stopOnSignals()
    const leases = await openLeases(await this.openTools(), {url, bucket})
    const tools = {
      leases, artifacts: await this.artifacts(), clock: this.io.clock, signals: process, env: this.io.env,
      note: (text: string) => this.note(text), onProgress: this.progress(`push ${words.key}`),
    }
    // Unique, so that a lease which a lost answer may have taken can be told to be ours.
    const unique = Math.floor(this.io.random() * 2 ** 32).toString(16).padStart(8, '0')
    const named = `${holder ?? `snap:${operatorAtHost(this.io)}`}/${unique}`
    try {
      const {change, report} = await planRound(tools, {...words, host: hostname(), holder: named}, this.signal)
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

  /** Where the artifact is written when no folder is named: the same for each round of a key and its stores. */
  protected roundFolder(key: string, dir: string | undefined): string {
    if (dir !== undefined) return resolve(dir)
    const base = this.io.env['XDG_STATE_HOME'] || (this.io.homeDir && join(this.io.homeDir, '.local', 'state'))
    if (!base) throw new UsageError('no home folder is known', {hint: 'Name a folder with --dir.'})
    const name = `${key.replaceAll(/[^\w.-]/g, '_')}-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`
    return join(base, 'opsdeck', 'rounds', name)
  }

  async #answer(report: RoundReport): Promise<void> {
    this.endProgress()
    // Whoever waits for a round does not sit before a pager.
    this.shared['no-pager'] = true
    await this.show(roundView, report)
  }

  #overran({lease}: RoundReport): never {
    this.io.stderr.write(`snap: published, but the lease ${lease} was somebody else's by then: give rounds a longer --ttl\n`)
    return this.leave(Exit.leaseLost)
  }
}
