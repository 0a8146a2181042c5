import {connect, type ConnectionOptions} from '@nats-io/transport-node'
import {Kvm, type KvOptions} from '@nats-io/kv'

/** Makes a bucket as an application does; ours never do. */
export async function createBucket(
  connection: ConnectionOptions, bucket = 'leases', options: Partial<KvOptions> = {},
): Promise<void> {
  const client = await connect(connection)
  await new Kvm(client).create(bucket, options)
  await client.close()
}
