import type {ArtifactClient} from '../clients/artifact/client.ts'
import {OpsCommand} from './command.ts'
import {openArtifacts} from './open/artifacts.ts'
import {startProgress, type Progress} from './progress.ts'

/** What is said when a transfer was stopped on purpose. */
export const goesOn = 'stopped; the same command, run again, goes on where this was'

/** What commands of `snap` share: the store of the context, and progress. */
export abstract class SnapCommand extends OpsCommand {
  #client: Promise<ArtifactClient> | undefined
  #progress: Progress | undefined
  #whenStopped: string | undefined

  /** The client of this run's store; closed by itself when the command ends. */
  protected artifacts(): Promise<ArtifactClient> {
    this.#client ??= this.openTools().then(openArtifacts)
    return this.#client
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    this.#progress?.end()
    if (this.signal.aborted && this.#whenStopped) this.note(this.#whenStopped)
    await (await this.#client?.catch(() => undefined))?.close()
    await super.finally(error)
  }

  /** Leaves the line clean for an answer on a terminal. */
  protected endProgress(): void {
    this.#progress?.end()
    this.#progress = undefined
  }

  /** Progress of one transfer, in the form that goes with -o and --quiet; `whenStopped` is said after Ctrl-C. */
  protected progress(what: string, whenStopped?: string): (doneBytes: number, totalBytes: number) => void {
    this.#whenStopped = whenStopped
    const mode = this.shared.output === 'jsonl' ? 'records' : this.shared.quiet ? 'none' : 'text'
    this.#progress = startProgress(this.io, what, mode)
    return this.#progress
  }
}
