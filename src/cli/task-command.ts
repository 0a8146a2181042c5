import * as Flags from '@oclif/core/flags'
import type {Change} from '../clients/net/change.ts'
import {NotFoundError, UsageError} from '../clients/net/errors.ts'
import type {ControlTableClient, TaskResult} from '../clients/control-table/client.ts'
import type {At} from '../clients/control-table/table.ts'
import {taskResultView} from '../format/views/task.ts'
import {OpsCommand} from './command.ts'
import {count, durationOr} from './flags.ts'
import {nameHint} from './name-hint.ts'
import {openTasks} from './open/tasks.ts'
import {operatorAtHost} from './open/tools.ts'
import {parsePoint} from './time-input.ts'

const staleNote = 'Anybody may take a claim over when it is 30 minutes old.'

export const holderFlag = {
  holder: Flags.string({
    helpGroup: 'CLAIM', env: 'OPSDECK_HOLDER', helpValue: 'name',
    summary: `Name in the table's pod_id column; ctl:operator@host by default. ${staleNote}`,
  }),
}

export const fenceFlag = {
  fence: Flags.boolean({
    helpGroup: 'CLAIM', allowNo: true,
    summary: 'Guard first claims by a row ctl_fence of our own; without it the table is watched for a second winner',
  }),
}

export const ifVersionFlag = {
  'if-version': count({helpGroup: 'CHANGE', summary: 'Only if the row is still as in this version of the table'}),
}

export const atFlag = {
  at: Flags.string({
    summary: 'The table as it was: a version, or a time like 15m, 10:00, 2026-11-21T10:00Z', helpValue: 'when',
  }),
}

export const forceFlag = {
  force: Flags.boolean({helpGroup: 'CHANGE', summary: 'Whoever holds it; asks first'}),
}

export const claimedAtFlag = {
  'claimed-at': Flags.string({
    helpGroup: 'CLAIM', summary: 'Only this very claim, as claim printed it', helpValue: 'instant',
  }),
}

export const pollFlag = {
  interval: durationOr(1_000, '1s', {summary: 'How often the table is asked'}),
}

/** What the commands of `ctl task` share: the table of the context, and who we are in it. */
export abstract class TaskCommand extends OpsCommand {
  static override baseFlags = {
    ...OpsCommand.baseFlags,
    uri: Flags.string({
      helpGroup: 'CONNECTION', summary: "Storage folder or s3://bucket/prefix instead of the context's",
      helpValue: 'uri',
    }),
  }

  #client: Promise<ControlTableClient> | undefined

  protected tasks(): Promise<ControlTableClient> {
    this.#client ??= this.openTools().then(tools => openTasks(tools, {
      uri: this.shared['uri'] as string | undefined, fence: this.shared['fence'] as boolean | undefined,
    }))
    return this.#client
  }

  protected get holder(): string {
    const named = this.shared['holder'] as string | undefined
    return named ?? `ctl:${this.operator}`.replaceAll(/[^\x21-\x7e]/g, '_').slice(0, 63)
  }

  protected get operator(): string {
    return operatorAtHost(this.io)
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    const client = await this.#client?.catch(() => undefined)
    client?.close()
    await super.finally(error)
  }

  /** `--at`: digits are a version, anything else a time. */
  protected point(text: string | undefined): At | undefined {
    if (text === undefined) return undefined
    if (/^\d+$/.test(text)) return {version: Number(text)}
    return {timeMs: parsePoint(text, this.io.clock.nowMs()).atMs}
  }

  /** The claim that release and fail are about. */
  protected async claim(text: string | undefined): Promise<{podId: string; claimedAtUs?: bigint}> {
    const {parseUs} = await import('../clients/control-table/model.ts')
    const claimedAtUs = text === undefined ? undefined : parseUs(text)
    if (text !== undefined && claimedAtUs === undefined) {
      throw new UsageError(`"${text}" is not an instant`, {
        hint: 'As claim printed it with -o json: 2026-11-21T10:00:00.123456Z',
      })
    }
    return {podId: this.holder, claimedAtUs}
  }

  protected async settle(change: Change<TaskResult>): Promise<void> {
    const result = await this.apply(change)
    if (result) await this.show(taskResultView, result)
  }

  protected async absent(task: string): Promise<NotFoundError> {
    const names = async () => (await (await this.tasks()).list(undefined, this.signal)).tasks.map(each => each.task)
    return new NotFoundError(`there is no task ${task}`, {
      code: 'NO_TASK', hint: await nameHint(task, 'ctl task get', 'ctl task list', names),
    })
  }
}
