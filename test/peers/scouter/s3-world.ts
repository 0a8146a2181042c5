import {ControlTableClient} from '../../../src/clients/control-table/client.ts'
import {openStore} from '../../../src/clients/control-table/open.ts'
import {author, type RaceWorld} from '../../contract/control-table-races.ts'
import {startS3} from '../s3/start.ts'

/** Races in a bucket over TLS: the engine cannot speak plain http. */
export function s3World(rounds: number): RaceWorld {
  return {
    rounds,
    async open() {
      const s3 = await startS3({bucket: 'scouter', tls: true})
      const uri = 's3://scouter/store'
      Object.assign(process.env, s3.env, {AWS_CA_BUNDLE: s3.caPath})
      const location = {uri, endpoint: s3.endpoint, region: s3.region, timeoutMs: 10_000, connectTimeoutMs: 2_000}
      return {
        uri, env: {...s3.env, AWS_ENDPOINT_URL: s3.endpoint, SSL_CERT_FILE: s3.caPath!},
        client: async () =>
          new ControlTableClient({store: await openStore(location), author, fence: true, lookAgainMs: 0}),
        remove: () => s3.stop(),
      }
    },
  }
}
