import {randomUUID} from 'node:crypto'
import * as Flags from '@oclif/core/flags'
import {changing} from '../../../../cli/command.ts'
import {arg, optionalArg} from '../../../../cli/flags.ts'
import {hideFlag, keyEncodingFlag, RaftKvCommand, valueFlags} from '../../../../cli/raft-kv-command.ts'
import {valueFrom} from '../../../../cli/raft-kv-input.ts'
import {parseBytes} from '../../../../clients/raft/value.ts'

const expected = {helpGroup: 'CHANGE', exactlyOne: ['expect', 'expect-absent', 'expect-empty']}

export default class RaftKvCas extends RaftKvCommand {
  static override summary = 'Write a key only if it holds what is expected: compare and swap'
  static override description =
    'Ends with 7 when the key holds something else. With --token a unique token is put behind the value ' +
    '(VALUE#token), so that after a lost answer the value that is found is known to be ours; without it such a swap ' +
    'stays unknown.'
  static override examples = [
    '<%= config.bin %> raft kv cas /locks/deploy me --expect-absent --token',
    '<%= config.bin %> raft kv cas /app/config off --expect on',
    '<%= config.bin %> raft kv cas /app/config on --expect-empty --dry-run',
  ]
  static override args = {key: arg('key', 'Key'), value: optionalArg('value', 'New value, unless --in gives it')}
  static override flags = {
    expect: Flags.string({...expected, summary: 'It must hold this, written as --encoding says', helpValue: 'value'}),
    'expect-absent': Flags.boolean({...expected, summary: 'It must not exist'}),
    'expect-empty': Flags.boolean({...expected, summary: 'It must exist and hold nothing'}),
    token: Flags.boolean({
      helpGroup: 'VALUE', exclusive: ['hide-value'], summary: 'Put # and a unique token behind the value',
    }),
    ...valueFlags, ...hideFlag, ...keyEncodingFlag, ...changing,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(RaftKvCas)
    this.stopOnSignals()
    const given = await valueFrom(this.io, args.value, flags.in, flags.encoding)
    const value = flags.token ? Buffer.concat([given, Buffer.from(`#${randomUUID()}`)]) : given
    const before = flags['expect-absent'] ? undefined : parseBytes(flags.expect ?? '', flags.encoding, '--expect')
    const kv = await this.kv()
    const options = {expected: before, unique: flags.token, force: flags.force, hide: flags['hide-value']}
    await this.settle(await kv.planCas(this.key(args.key), value, options, this.signal), value)
  }
}
