import * as Flags from '@oclif/core/flags'
import {Exit, OpsError, UsageError} from '../clients/net/errors.ts'
import type {Published} from '../clients/directive/client.ts'
import {levels, endpointKinds} from '../clients/directive/model.ts'
import {listing, notices, type Listed, type Snapshot} from '../clients/directive/listing.ts'
import type {Directives} from '../clients/directive/open.ts'
import type {ProxyInstance} from '../clients/directive/proxy-api.ts'
import type {Policy} from '../clients/directive/validate.ts'
import {publishedView} from '../format/views/directive.ts'
import {OpsCommand} from './command.ts'
import {countOr, duration, durationOr} from './flags.ts'
import {openDirectives, policyOf} from './open/directives.ts'

/** What a directive or a token matches and records. */
export const whatFlags = {
  level: Flags.option({
    options: levels, default: 'Shape' as const, helpGroup: 'DIRECTIVE', summary: 'Level to raise to',
  })(),
  tenant: Flags.string({helpGroup: 'DIRECTIVE', summary: 'Only requests of this tenant', helpValue: 'id'}),
  index: Flags.string({helpGroup: 'DIRECTIVE', summary: 'Only requests to this index', helpValue: 'name'}),
  principal: Flags.string({helpGroup: 'DIRECTIVE', summary: 'Only requests of this principal', helpValue: 'id'}),
  sample: countOr(1000, {helpGroup: 'DIRECTIVE', max: 1000, summary: 'Per mille of the matching requests'}),
  'ring-buffer': Flags.boolean({helpGroup: 'DIRECTIVE', summary: 'Copy each to the break-glass tape of its instance'}),
  capture: Flags.boolean({helpGroup: 'DIRECTIVE', summary: 'Tee the traffic, in a proxy built for it'}),
  ttl: durationOr(600_000, '10m', {helpGroup: 'DIRECTIVE', summary: 'How long it lives'}),
}

export const endpointFlag = {
  endpoint: Flags.option({options: endpointKinds, helpGroup: 'DIRECTIVE', summary: 'Only requests of this class'})(),
}

/** For commands that write a set. */
export const setChangeFlags = {
  'if-version': Flags.string({
    helpGroup: 'CHANGE', summary: 'Only if the set still has this version', helpValue: 'version',
  }),
  'keep-ttl': duration({helpGroup: 'CHANGE', summary: 'The time given to those that stay and whose time nobody knows'}),
  verify: Flags.boolean({
    helpGroup: 'CHANGE', default: true, allowNo: true, summary: 'Ask each instance afterwards which set it applies',
  }),
}

interface FanOut<T> {
  items: T[]
  failed: OpsError[]
}

/** What the commands of `ctl directive` share: the store and the instances of the context. */
export abstract class DirectiveCommand extends OpsCommand {
  static override baseFlags = {
    ...OpsCommand.baseFlags,
    instance: Flags.string({
      helpGroup: 'CONNECTION', multiple: true, multipleNonGreedy: true, helpValue: 'url',
      summary: 'Only this instance of the context; repeat it',
    }),
  }

  #opened: Promise<Directives> | undefined

  protected directives(): Promise<Directives> {
    this.#opened ??= this.openTools().then(
      tools => openDirectives(tools, this.shared['instance'] as string[] | undefined),
    )
    return this.#opened
  }

  protected async policy(): Promise<Policy> {
    return policyOf((await this.settings()).section('directives') ?? {})
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    await (await this.#opened?.catch(() => undefined))?.close()
    await super.finally(error)
  }

  /** Reads the set and says on stderr what has to be known about it. */
  protected async read(): Promise<{snapshot: Snapshot; items: (Listed & {leftMs?: number})[]}> {
    const {client} = await this.directives()
    const snapshot = await client.load(this.signal)
    for (const text of notices(snapshot)) this.note(`warning: ${text}`)
    const nowMs = this.io.clock.nowMs()
    const items = listing(snapshot, nowMs).map(item => (
      {...item, ...(item.endsAtMs === undefined ? {} : {leftMs: Math.max(0, item.endsAtMs - nowMs)})}))
    return {snapshot, items}
  }

  /** Prints what became of a publish; an instance that does not apply it makes the answer partial. */
  protected async settle(published: Published | undefined): Promise<void> {
    if (!published) return
    await this.show(publishedView, {
      ...published, proofs: published.proofs.map(plain), instances: published.instances.map(plain),
    })
    if (published.replanned > 0) this.note('the set changed meanwhile: yours was put on top of what is there now')
    if (published.repeated) this.note('an instance had missed it, so it was written once more')
    const isWhole = published.proofs.every(({applies}) => applies === 'current') &&
      published.instances.every(({state}) => state === 'done')
    if (!isWhole) this.leave(Exit.partial, 'not every instance is known to apply the set')
  }

  /**
   * Asks every instance at once; those that do not answer are named, and the answer is then partial. When none
   * answers that is an error, but not for a command that goes on asking.
   */
  protected async fanOut<T>(ask: (instance: ProxyInstance) => Promise<T[]>, goesOn = false): Promise<FanOut<T>> {
    const {instances} = await this.directives()
    if (instances.length === 0) {
      throw new UsageError('the context names no proxy instance', {hint: 'Set directives.instances or directives.url.'})
    }
    const asked = await Promise.all(instances.map(instance => ask(instance).catch(asFailure)))
    const failed = asked.filter(answer => answer instanceof OpsError)
    if (failed.length === instances.length && !goesOn) throw failed[0]!
    for (const {message} of failed) this.note(`warning: missing: ${message}`)
    return {items: asked.flatMap(answer => (answer instanceof OpsError ? [] : answer)), failed}
  }
}

/** The `--keep-ttl` of `setChangeFlags` in whole seconds. */
export function keepSecs(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.ceil(ms / 1000)
}

/** An error as data, without its cause. */
export function plain<T extends {error?: OpsError}>({error, ...rest}: T) {
  return {...rest, ...(error ? {error: {code: error.code, message: error.message, hint: error.hint}} : {})}
}

/** What an instance answered with; anything that is not an error of ours is a fault of the program. */
function asFailure(error: unknown): OpsError {
  if (error instanceof OpsError) return error
  throw error
}
