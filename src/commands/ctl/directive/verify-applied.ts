import * as Flags from '@oclif/core/flags'
import {changing} from '../../../cli/command.ts'
import {DirectiveCommand, plain} from '../../../cli/directive-command.ts'
import {requiredSigningKey} from '../../../cli/directive-mint.ts'
import {proveKey} from '../../../clients/directive/probe.ts'
import {Exit} from '../../../clients/net/errors.ts'
import {proofView} from '../../../format/views/directive.ts'

export default class DirectiveVerifyApplied extends DirectiveCommand {
  static override summary = 'Ask every instance which set it really applies, and which signing key it holds'
  static override description =
    'A request to an index that only the newest set knows is refused by the proxy itself and found on its tape ' +
    'exactly when it applies that set. Nothing is sent upstream; it costs each instance one requests_error and one ' +
    'entry of its tape. With --key the same is done with tokens signed by the key of the context. With --repair the ' +
    'set is written once more, with the time that is left, when an instance has missed it.'
  static override examples = [
    '<%= config.bin %> directive verify-applied --key',
    '<%= config.bin %> directive verify-applied --repair',
  ]
  static override writesWith = 'repair'
  static override flags = {
    key: Flags.boolean({summary: 'Whether each instance holds the signing key of the context, and how its clock is'}),
    repair: Flags.boolean({helpGroup: 'CHANGE', summary: 'Write the set once more when an instance has missed it'}),
    ...changing,
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(DirectiveVerifyApplied)
    const {client} = await this.directives()
    const {snapshot} = await this.read()
    const proofs = await client.prove(snapshot, this.signal)
    const keys = flags.key ? await this.keyProofs(await requiredSigningKey(await this.settings())) : []
    const items = proofs.map((proof, at) => plain({...proof, ...keys[at], error: proof.error ?? keys[at]?.error}))
    const isMissed = items.some(({applies}) => applies === 'previous' || applies === 'none')
    if (flags.repair && isMissed) return this.repair(flags.reason)
    await this.print(proofView, items)
    const isWhole = items.every(({applies, key}) => applies === 'current' && (key ?? 'held') === 'held')
    if (!isWhole || items.length === 0) this.leave(Exit.partial, 'not every instance is known to apply the newest set')
  }

  private async repair(reason: string | undefined): Promise<void> {
    const {client} = await this.directives()
    const options = {action: 'repair', target: 'directives', verify: true, reason}
    await this.settle(await this.apply(await client.plan({kind: 'repeat'}, options, this.signal)))
  }

  private async keyProofs(key: string) {
    const {instances} = await this.directives()
    const nonce = Math.floor(this.io.random() * 2 ** 32).toString(16)
    return Promise.all(instances.map(instance => proveKey(instance, key, nonce, this.io.clock.nowMs(), this.signal)))
  }
}
