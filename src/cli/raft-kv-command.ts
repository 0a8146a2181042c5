import {join} from 'node:path'
import * as Flags from '@oclif/core/flags'
import type {Change} from '../clients/net/change.ts'
import type {KvResult, RaftKv} from '../clients/raft/kv.ts'
import {isLarge} from '../clients/raft/kv-limits.ts'
import {encodings, parseBytes, type Encoding} from '../clients/raft/value.ts'
import {kvResultView} from '../format/views/raft-kv.ts'
import {OpsCommand} from './command.ts'
import {openRaftKv} from './open/raft.ts'
import {stateFolder} from './state-folder.ts'

export const keyEncodingFlag = {
  'key-encoding': Flags.option({
    options: encodings, default: 'utf8' as const, helpGroup: 'KEY', summary: 'How keys are written here',
  })(),
}

export const valueFlags = {
  in: Flags.string({
    helpGroup: 'VALUE', summary: 'Take the value from a file, byte by byte; - for stdin', helpValue: 'file|-',
  }),
  encoding: Flags.option({
    options: encodings, default: 'utf8' as const, helpGroup: 'VALUE', summary: 'How a value given as a word is written',
  })(),
  force: Flags.boolean({helpGroup: 'CHANGE', summary: 'Write a value of more than 256 KiB'}),
}

export const hideFlag = {
  'hide-value': Flags.boolean({
    helpGroup: 'VALUE', summary: 'Tell values by size and digest only, here and in the audit log',
  }),
}

export const showFlags = {
  encoding: Flags.option({
    options: encodings, helpGroup: 'VALUE', summary: 'Show values so; UTF-8 when valid, else hex, by default',
  })(),
}

/** What the commands of `ctl raft kv` share: the store of the context. */
export abstract class RaftKvCommand extends OpsCommand {
  #opened: Promise<RaftKv> | undefined

  protected kv(): Promise<RaftKv> {
    this.#opened ??= this.openTools().then(openRaftKv)
    return this.#opened
  }

  protected key(text: string): Buffer {
    return parseBytes(text, this.shared['key-encoding'] as Encoding, 'the key')
  }

  /** Applies a write and tells what became of it. Two large values at once are refused, as far as this machine goes. */
  protected async settle(change: Change<KvResult>, value?: Uint8Array): Promise<void> {
    const release = value && isLarge(value) && !this.shared['dry-run'] ? await this.#alone() : undefined
    try {
      const result = await this.apply(change)
      if (!result) return
      if (result.knownBy === 'read-back') this.note('the answer was lost; read back: it is there')
      await this.show(kvResultView, result)
    } finally {
      await release?.()
    }
  }

  async #alone(): Promise<(() => Promise<void>) | undefined> {
    const folder = stateFolder(this.io)
    if (!folder) return undefined
    const [{takeAlone}, {makeFolder}] = [await import('./alone.ts'), await import('../clients/net/make-folder.ts')]
    await makeFolder(folder)
    return takeAlone(join(folder, 'raft-large-value'), 'another large value is being written', this.io.pid)
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    const kv = await this.#opened?.catch(() => undefined)
    kv?.close()
    await super.finally(error)
  }
}
