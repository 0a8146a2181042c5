import * as Flags from '@oclif/core/flags'
import {duration, durationOr} from './flags.ts'
import {ttlFlag} from './lease-command.ts'

const lease = {helpGroup: 'LEASE'}
const child = {helpGroup: 'CHILD'}

/** The flags of `snap round`, beside those of every change. */
export const roundFlags = {
  ...ttlFlag,
  lease: Flags.string({...lease, helpValue: 'key', summary: "Lease key; the artifact's key by default"}),
  holder: Flags.string({
    ...lease,
    env: 'OPSDECK_HOLDER',
    helpValue: 'name',
    summary: 'Begin of the holder_id; snap:operator@host by default',
  }),
  url: Flags.string({
    ...lease,
    helpValue: 'url',
    summary: "nats://host:port or sqlite:PATH instead of the context's leases",
  }),
  bucket: Flags.string({...lease, helpValue: 'name', summary: "Bucket of the leases instead of the context's"}),
  skew: durationOr(1_000, '1s', {...lease, summary: 'How far the clocks of all exporters may differ'}),
  'check-every': durationOr(5_000, '5s', {
    ...lease,
    minMs: 100,
    summary: 'How often it is looked whether the lease is still ours',
  }),
  dir: Flags.string({
    helpValue: 'folder',
    summary: 'Where the command writes the artifact; not there yet. A folder of ours by default',
  }),
  keep: Flags.boolean({summary: 'Keep the folder'}),
  grace: duration({summary: 'Prune only what is at least this old; four times the ttl by default'}),
  'on-expiry': Flags.option({
    ...child,
    options: ['kill', 'warn'] as const,
    default: 'kill' as const,
    summary: 'When the export runs towards the end of the lease',
  })(),
  'kill-after': durationOr(5_000, '5s', {...child, summary: 'From TERM to KILL when the command is stopped'}),
}
