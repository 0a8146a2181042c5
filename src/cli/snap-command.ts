import type {ArtifactClient} from '../clients/artifact/client.ts'
import {OpsCommand} from './command.ts'
import {openArtifacts} from './open/artifacts.ts'
import {startProgress, type Progress} from './progress.ts'
import type {TransferRecord} from './transfers/record.ts'
import {recordTransfer, type Recorder} from './transfers/recorder.ts'
import {goOnUnread} from './unread.ts'

/** What is said when a transfer was stopped on purpose. */
export const goesOn = 'stopped; the same command, run again, goes on where this was'

/** What commands of `snap` share: the store of the context, and progress. */
export abstract class SnapCommand extends OpsCommand {
  #client: Promise<ArtifactClient> | undefined
  #progress: Progress | undefined
  #recorder: Recorder | undefined
  #whenStopped: string | undefined

  /** The client of this run's store; closed by itself when the command ends. */
  protected artifacts(): Promise<ArtifactClient> {
    this.#client ??= this.openTools().then(openArtifacts)
    return this.#client
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    this.#progress?.end()
    await this.#recorder?.end()
    if (this.signal.aborted && this.#whenStopped) this.note(this.#whenStopped)
    await (await this.#client?.catch(() => undefined))?.close()
    await super.finally(error)
  }

  /** Leaves the line clean for an answer on a terminal. */
  protected endProgress(): void {
    this.#progress?.end()
    this.#progress = undefined
  }

  /**
   * Progress of one transfer, in the form that goes with -o and --quiet, and to whoever looks at the dashboard;
   * `whenStopped` is said after Ctrl-C.
   */
  protected progress(
    action: TransferRecord['action'], subject: string, whenStopped?: string,
  ): (doneBytes: number, totalBytes: number) => void {
    this.#whenStopped = whenStopped
    goOnUnread()
    const mode = this.shared.output === 'jsonl' ? 'records' : this.shared.quiet ? 'none' : 'text'
    const progress = startProgress(this.io, `${action} ${subject}`, mode)
    const recorder = recordTransfer(this.io, {action, subject}, () => this.#place())
    this.#progress = progress
    this.#recorder = recorder
    return (doneBytes, totalBytes) => {
      progress(doneBytes, totalBytes)
      recorder.report(doneBytes, totalBytes)
    }
  }

  async #place(): Promise<Pick<TransferRecord, 'store' | 'context'>> {
    const settings = await this.settings()
    return {store: settings.section('artifacts')?.url ?? null, context: settings.context?.name ?? null}
  }
}
