import {createArtifactClient, verifyLocal} from '../../../src/clients/artifact/client.ts'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {artifactContract} from '../../contract/artifact.ts'

const quiet = {signal: new AbortController().signal, onProgress: () => {}}
const isDone = (work: Promise<unknown>) => work.then(() => true, () => false)

artifactContract({
  imports: async (url, key, destination) => {
    const client = await createArtifactClient({
      url, timeoutMs: 5_000, connectTimeoutMs: 1_000, retries: 0, clock: systemClock, random: Math.random,
    })
    return isDone(client.pull(await client.locate(key, quiet.signal), destination, quiet))
  },
  verifies: dir => isDone(verifyLocal(dir, () => {}, quiet.signal)),
})
