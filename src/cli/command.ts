import {Command} from '@oclif/core/command'
import type {Input, ParserOutput} from '@oclif/core/interfaces'
import type {Change} from '../clients/net/change.ts'
import {Exit, OpsError, UsageError, type ExitCode} from '../clients/net/errors.ts'
import {escapeControl} from '../format/escape.ts'
import {toJson} from '../format/json.ts'
import type {Page, View} from '../format/view.ts'
import {loadSettings, type Settings} from './context/settings.ts'
import {changeFlags, connectionFlags, outputFlags} from './flags.ts'
import {processIo} from './io.ts'
import type {OpenTools} from './open/tools.ts'
import {formatItem, formatList, isMachine, type OutputFormat, type OutputOptions} from './output.ts'
import {pageFor, type ColorMode} from './page.ts'
import {pagerFor, showInPager} from './pager.ts'
import {categories, QuietExit} from './report.ts'

/** oclif's own bound of parsed flags and arguments. */
type Loose = Record<string, any>

/** The flags that every command has, as parsed; commands that change something have the second half too. */
export interface SharedFlags {
  output: OutputFormat
  columns?: string
  'sort-by'?: string
  'no-headers': boolean
  color: ColorMode
  'no-color': boolean
  'no-pager': boolean
  quiet: boolean
  verbose: boolean
  context?: string
  timeout: number
  'connect-timeout': number
  retries: number
  'dry-run'?: boolean
  yes?: boolean
  confirm?: string
  reason?: string
  readonly?: boolean
  [other: string]: unknown
}

/** Flags of a command that changes something: `static flags = {...changing}`. */
export const changing = changeFlags

/**
 * What all commands share: settings, output, applying changes, leaving. A command is its words, its flags
 * and one sentence of work; it has no try/catch, no colour and does not touch the process.
 */
export abstract class OpsCommand extends Command {
  static override baseFlags = {...outputFlags, ...connectionFlags}
  static override enableJsonFlag = false
  /** The flag without which a command of `changing` only looks. */
  static writesWith: string | undefined

  protected readonly io = processIo()
  protected shared!: SharedFlags
  #settings: Promise<Settings> | undefined
  #stop = new AbortController()

  /** Aborts when the command is asked to stop; see `stopOnSignals`. */
  protected get signal(): AbortSignal {
    return this.#stop.signal
  }

  protected override async parse<F extends Loose, B extends Loose, A extends Loose>(
    options?: Input<F, B, A>, argv?: string[],
  ): Promise<ParserOutput<F, B, A>> {
    const parsed = await super.parse(options, argv)
    this.shared = parsed.flags as unknown as SharedFlags
    this.checkFlags()
    await this.#refuseReadonly()
    return parsed
  }

  /** No command that changes something gets further than its words where nothing may be changed. */
  async #refuseReadonly(): Promise<void> {
    const {flags = {}, writesWith} = this.ctor as typeof OpsCommand
    if (!('dry-run' in flags) || this.shared['dry-run']) return
    if (writesWith !== undefined && this.shared[writesWith] !== true) return
    const {readonly, context} = await this.settings()
    if (!readonly) return
    const {readOnly} = await import('./apply.ts')
    throw readOnly(context?.name, [this.config.bin, ...(this.id ?? '').split(':')].join(' '))
  }

  /** For a base class that knows flags which do not go together beyond what oclif can say. */
  protected checkFlags(): void {}

  /** Nothing: oclif would look for deprecations of its own here, which needs the whole configuration. */
  protected override async init(): Promise<void> {}

  /** Errors are reported in one place, in main. */
  protected override async catch(error: unknown): Promise<never> {
    throw error
  }

  /** The resolved settings of this run: flag, environment, context, default. */
  protected settings(): Promise<Settings> {
    this.#settings ??= loadSettings({env: this.io.env, flags: this.shared, homeDir: this.io.homeDir})
    return this.#settings
  }

  /** What opening a system's client needs; see `open/`. */
  protected async openTools(): Promise<OpenTools> {
    return {
      settings: await this.settings(), io: this.io, timeoutMs: this.shared.timeout,
      connectTimeoutMs: this.shared['connect-timeout'],
      retries: this.shared.retries, version: this.config.version, reason: this.shared.reason,
      trace: text => this.trace(text), note: text => this.note(text),
    }
  }

  protected get outputOptions(): OutputOptions {
    return {
      format: this.shared.output,
      headers: !this.shared['no-headers'],
      // The header shows the names in capitals.
      columns: this.shared.columns?.toLowerCase().split(',').map(name => name.trim()).filter(Boolean),
      sortBy: this.shared['sort-by']?.toLowerCase(),
    }
  }

  protected get page(): Page {
    return pageFor(this.io, this.shared['no-color'] ? 'never' : this.shared.color)
  }

  /** Prints a list. `extra` stands beside `items` in json and yaml. */
  protected async print<T>(view: View<T>, items: readonly T[], extra?: Record<string, unknown>): Promise<void> {
    const page: Page = {...this.page, hidden: []}
    const text = await formatList(view, items, this.outputOptions, page, extra)
    const isHuman = !isMachine(this.shared.output)
    if (items.length === 0 && isHuman) this.note(view.empty ?? `no ${view.kind}`)
    else await this.write(text)
    if (page.hidden!.length > 0) {
      this.note(`(no room for ${page.hidden!.join(', ')}: use --columns, or a wider terminal)`)
    }
  }

  /** Prints a single thing; a long text for a person goes through the pager. */
  protected async show<T>(view: View<T>, item: T): Promise<void> {
    const text = await formatItem(view, item, this.outputOptions, this.page)
    const pager = !isMachine(this.shared.output) && !this.shared['no-pager'] ? pagerFor(text, this.io) : undefined
    if (!pager || !(await showInPager(pager, text, this.io.env))) await this.write(text)
  }

  /** Prints a value that has no view, as JSON; for documents that another tool defined. */
  protected async document(value: unknown): Promise<void> {
    await this.write(`${toJson(value, 2)}\n`)
  }

  /** Writes to stdout and waits until the reader has taken it, however slow. */
  protected async write(text: string): Promise<void> {
    const {stdout} = this.io
    // With an error it drains no more: its reader is gone, and main has decided to go on.
    if (text === '' || stdout.errored || stdout.write(text)) return
    await new Promise<void>(resolve => ['drain', 'error'].forEach(event => stdout.once(event, () => resolve())))
  }

  /** A word to the person, on stderr; not with --quiet. */
  protected note(text: string): void {
    if (!this.shared?.quiet) this.io.stderr.write(`${escapeControl(text)}\n`)
  }

  /** What is asked of whom, with --verbose. */
  protected trace(text: string): void {
    if (this.shared?.verbose) this.io.stderr.write(`${escapeControl(text)}\n`)
  }

  /**
   * Applies a planned change, or shows it with --dry-run (then undefined). Read-only, reasons, confirmation
   * and the audit log are decided here for every command.
   */
  protected async apply<T>(change: Change<T>): Promise<T | undefined> {
    const {applyChange, dryRunData, dryRunText} = await import('./apply.ts')
    if (this.shared['dry-run']) {
      const isText = !isMachine(this.shared.output)
      await this.write(isText
        ? dryRunText(change, this.page)
        : `${toJson(dryRunData(change), this.shared.output === 'json' ? 2 : 0)}\n`)
      return undefined
    }
    const settings = await this.settings()
    return applyChange(this.io, change, {
      contextName: settings.context?.name,
      danger: settings.danger,
      readonly: settings.readonly,
      auditRequired: settings.auditRequired,
      yes: this.shared.yes ?? false,
      confirm: this.shared.confirm,
      reason: this.shared.reason,
      argv: [this.config.bin, ...(this.id ?? '').split(':'), ...this.argv],
    }, this.signal)
  }

  /** Leaves with a code after the output; `why` is the reason on stderr, left out when it stands there already. */
  protected leave(exit: ExitCode, why?: string): never {
    throw why === undefined ? new QuietExit(exit) : new OpsError(categories[exit]!.toUpperCase(), exit, why)
  }

  /** For `tael`'s queries: an empty answer is exit 2. A person has read it already. */
  protected leaveIfEmpty(items: readonly unknown[]): void {
    if (items.length > 0) return
    this.leave(Exit.noResults, this.isForPeople ? undefined : 'nothing was found')
  }

  /** Lets a long-running command end its work on Ctrl-C or TERM through `signal`; a second one ends at once. */
  protected stopOnSignals(): void {
    for (const [name, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) {
      process.once(name, () => {
        process.exitCode = code
        this.#stop.abort(new QuietExit(code))
        process.once(name, () => process.exit(code))
      })
    }
  }

  /** The output is a text for people. */
  protected get isForPeople(): boolean {
    return !isMachine(this.shared.output)
  }

  /** For commands that wait: `--timeout` is of one request, and who means the whole by it is told so. */
  protected tellIfEndless(withinMs: number | undefined): void {
    if (withinMs !== undefined || !this.argv.some(word => /^--timeout(=|$)/.test(word))) return
    this.note('--timeout is of each request; without --within this waits for ever')
  }

  /** Waits for `signal`. */
  protected async untilStopped(): Promise<void> {
    if (this.signal.aborted) return
    // A pending promise alone would not keep the process alive.
    const alive = setInterval(() => undefined, 60_000)
    await new Promise<void>(resolve => this.signal.addEventListener('abort', () => resolve(), {once: true}))
    clearInterval(alive)
  }

  /** A format that this command cannot give is an error, never ignored. */
  protected allowFormats(...formats: OutputFormat[]): void {
    if (!formats.includes(this.shared.output)) {
      throw new UsageError(`this command has no -o ${this.shared.output}`, {hint: `It has: ${formats.join(', ')}`})
    }
  }
}
