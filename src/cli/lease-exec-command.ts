import type {ExitCode} from '../clients/net/errors.ts'
import {LeaseCommand} from './lease-command.ts'
import {cursorFromFile, cursorIn, cursorPlace, stampOf, type CursorPlace} from './lease-cursor.ts'
import {leaseRound, type RoundEnd, type RoundOptions, type RunHeld} from './lease-round.ts'

/** The steps of `ctl lease exec`; the round itself is `leaseRound`. */
export abstract class LeaseExecCommand extends LeaseCommand {
  protected async exec(command: string[], cursorFrom: string | undefined, options: RoundOptions): Promise<void> {
    const place = cursorPlace(cursorFrom)
    const end = await leaseRound({
      leases: await this.leases(), clock: this.io.clock, env: this.io.env, signals: process,
      apply: change => {
        // Giving back was confirmed with the taking.
        if (change.action !== 'acquire') Object.assign(this.shared, {yes: true, confirm: change.target})
        return this.apply(change)
      },
      note: text => this.note(text),
    }, options, run => runExport(run, command, place))
    if (!end || end.exitCode === 0) return
    this.note(`the command ended with ${end.exitCode}; ${options.key} was not completed`)
    this.leave(end.exitCode as ExitCode)
  }
}

async function runExport(run: RunHeld, command: string[], place: CursorPlace): Promise<RoundEnd> {
  const before = place.kind === 'file' ? await stampOf(place.path) : undefined
  const {exitCode, written} = await run(command, place.kind === 'fd' ? place.fd : undefined)
  if (exitCode !== 0 || place.kind === 'none') return {exitCode}
  if (place.kind === 'fd') return {exitCode, cursorHex: cursorIn(written, `descriptor ${place.fd}`)}
  return {exitCode, cursorHex: await cursorFromFile(place.path, before)}
}
