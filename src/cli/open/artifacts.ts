import type {ArtifactClient} from '../../clients/artifact/client.ts'
import type {OpenTools} from './tools.ts'

/** The client of the context's artifact store. UsageError when nothing says where it is. */
export async function openArtifacts(tools: OpenTools): Promise<ArtifactClient> {
  const {endpoint, region, profile, pathStyle, url = ''} = tools.settings.require('artifacts')
  tools.trace(`artifacts at ${url}${endpoint ? ` through ${endpoint}` : ''}`)
  const {createArtifactClient} = await import('../../clients/artifact/client.ts')
  return createArtifactClient({
    url, endpoint, region, profile, pathStyle,
    timeoutMs: tools.timeoutMs, connectTimeoutMs: tools.connectTimeoutMs, retries: tools.retries,
    clock: tools.io.clock, random: tools.io.random,
    onRetry: (what, error) => tools.trace(`${what}: ${error.message}; trying again`),
  })
}
