import {randomBytes} from 'node:crypto'
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {systemClock} from '../clients/net/deadline.ts'
import {startSandboxArtifacts} from './artifacts.ts'
import {startSandboxProxy} from './directives.ts'
import type {SandboxPart} from './sandbox.ts'
import {seedTasks} from './tasks.ts'
import {tael} from './tael/part.ts'

/** Two instances of the proxy's admin and debug endpoints, each with its own set of directives. */
const directives: SandboxPart = {
  system: 'directives',
  async start({dir}) {
    const secret = async (name: string): Promise<{value: string; reference: string}> => {
      const value = randomBytes(24).toString('hex')
      await writeFile(join(dir, name), value, {mode: 0o600})
      return {value, reference: `file://${join(dir, name)}`}
    }
    const [token, key] = [await secret('admin-token'), await secret('signing-key')]
    const start = () => startSandboxProxy({adminToken: token.value, signingKey: key.value})
    const proxies = [await start(), await start()]
    return {
      section: {url: proxies[0]!.url, instances: proxies.map(proxy => proxy.url), token: token.reference, signingKey: key.reference},
      lines: proxies.map((proxy, at) => `${proxy.url}  proxy ${at + 1}`),
      stop: async () => {
        await Promise.all(proxies.map(proxy => proxy.stop()))
      },
    }
  },
}

/** A real control table in a folder: there is no server to start. */
const tasks: SandboxPart = {
  system: 'tasks',
  async start({dir, nowMs}) {
    const uri = join(dir, 'tasks')
    await seedTasks(uri, nowMs())
    return {section: {uri, fence: true}, lines: [`${uri}  control table`], stop: async () => undefined}
  },
}

/** A folder store with two artifacts, one of them published twice. */
const artifacts: SandboxPart = {
  system: 'artifacts',
  async start({dir, nowMs}) {
    const {url, keys} = await startSandboxArtifacts(dir, {...systemClock, nowMs})
    return {section: {url}, lines: [`${url}  ${keys.join(', ')}`], stop: async () => {}}
  },
}

export const parts: readonly SandboxPart[] = [tael, directives, tasks, artifacts]
