import {changing} from '../../../../cli/command.ts'
import {arg, duration, optionalArg} from '../../../../cli/flags.ts'
import {hideFlag, keyEncodingFlag, RaftKvCommand, valueFlags} from '../../../../cli/raft-kv-command.ts'
import {valueFrom, wholeSeconds} from '../../../../cli/raft-kv-input.ts'

export default class RaftKvPut extends RaftKvCommand {
  static override summary = 'Write a key, whatever it holds'
  static override description =
    'A write whose answer is lost is read back, behind an entry that fences it: it is then known to be there, or ' +
    'never to come; only without a leader it stays unknown, and is said to be. A value given as a word goes to the ' +
    'audit log, as does what was there: for secrets take --in and --hide-value. A key that has a TTL keeps it, and ' +
    'the new value vanishes with it.'
  static override examples = [
    '<%= config.bin %> raft kv put /app/config on',
    '<%= config.bin %> raft kv put /app/blob --in blob.bin --dry-run',
    '<%= config.bin %> raft kv put /app/raw 00ff --encoding hex',
  ]
  static override args = {key: arg('key', 'Key'), value: optionalArg('value', 'Value, unless --in gives it')}
  static override flags = {
    ...valueFlags, ...hideFlag, ...keyEncodingFlag,
    ttl: duration({helpGroup: 'VALUE', summary: 'Let it expire; whole seconds, and only with raft.ttl: true'}),
    ...changing,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(RaftKvPut)
    this.stopOnSignals()
    const ttlSecs = flags.ttl === undefined ? undefined : wholeSeconds(flags.ttl)
    const [key, value] = [this.key(args.key), await valueFrom(this.io, args.value, flags.in, flags.encoding)]
    const kv = await this.kv()
    const options = {ttlSecs, force: flags.force, hide: flags['hide-value']}
    await this.settle(await kv.planPut(key, value, options, this.signal), value)
  }
}
