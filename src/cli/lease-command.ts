import * as Flags from '@oclif/core/flags'
import type {LeaseClient, LeaseResult} from '../clients/lease/client.ts'
import type {Held} from '../clients/lease/rules.ts'
import type {Change} from '../clients/net/change.ts'
import {UsageError} from '../clients/net/errors.ts'
import {leaseView} from '../format/views/lease.ts'
import {OpsCommand} from './command.ts'
import {count, duration, durationOr} from './flags.ts'
import {openLeases} from './open/leases.ts'
import {operatorAtHost} from './open/tools.ts'

export const holderFlag = {
  holder: Flags.string({
    helpGroup: 'LEASE', env: 'OPSDECK_HOLDER', helpValue: 'name',
    summary: "The record's holder_id; ctl:operator@host by default",
  }),
}

export const ttlFlag = {
  ttl: {
    ...duration({helpGroup: 'LEASE', summary: 'Length of the lease, whole seconds; there is no renewal'}),
    required: true as const,
  },
}

/** A ttl in whole seconds, as the record counts. */
export function ttlSeconds(ttlMs: number): bigint {
  if (ttlMs >= 1_000 && ttlMs % 1_000 === 0) return BigInt(ttlMs / 1_000)
  throw new UsageError('--ttl must be a whole number of seconds, at least one', {code: 'BAD_TTL'})
}

export const pollFlag = {
  interval: durationOr(1_000, '1s', {minMs: 50, summary: 'How often the store is asked'}),
}

/** Which lease is meant by complete and abandon. */
export const heldFlags = {
  ...holderFlag,
  revision: count({helpGroup: 'LEASE', min: 1, summary: 'Only the lease as acquire printed it'}),
  force: Flags.boolean({helpGroup: 'CHANGE', summary: 'Whoever holds it'}),
}

/** What the commands of `ctl lease` share: the store of the context, and who we are in it. */
export abstract class LeaseCommand extends OpsCommand {
  static override baseFlags = {
    ...OpsCommand.baseFlags,
    url: Flags.string({
      helpGroup: 'CONNECTION', summary: "nats://host:port or sqlite:PATH instead of the context's", helpValue: 'url',
    }),
    bucket: Flags.string({
      helpGroup: 'CONNECTION', summary: "Bucket instead of the context's; it is never created", helpValue: 'name',
    }),
  }

  #client: Promise<LeaseClient> | undefined

  protected leases(): Promise<LeaseClient> {
    this.#client ??= this.openTools().then(tools => openLeases(tools, {
      url: this.shared['url'] as string | undefined, bucket: this.shared['bucket'] as string | undefined,
    }))
    return this.#client
  }

  protected get holder(): string {
    const named = this.shared['holder'] as string | undefined
    return named ?? `ctl:${operatorAtHost(this.io)}`
  }

  /** The lease that `heldFlags` mean. */
  protected held(flags: {revision?: number; force: boolean}): Held {
    return {
      holderId: flags.force ? undefined : this.holder,
      revision: flags.revision === undefined ? undefined : BigInt(flags.revision),
    }
  }

  protected async leaseKey(text: string): Promise<string> {
    const {checkLeaseKey} = await import('../clients/lease/open.ts')
    return checkLeaseKey(text)
  }

  protected seconds(ttlMs: number): bigint {
    return ttlSeconds(ttlMs)
  }

  protected async settle(change: Change<LeaseResult>): Promise<void> {
    const result = await this.apply(change)
    if (!result) return
    const {leaseItem} = await import('../clients/lease/item.ts')
    const {key, revision, record} = result
    const nowS = BigInt(Math.floor(this.io.clock.nowMs() / 1000))
    const state = record && (record.expiresAtUnixS > nowS ? 'live' as const : 'expired' as const)
    await this.show(
      leaseView, leaseItem(key, record && state ? {state, revision, record} : {state: 'absent', revision}),
    )
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    const client = await this.#client?.catch(() => undefined)
    await client?.store.close()
    await super.finally(error)
  }
}
