import {randomBytes} from 'node:crypto'
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {systemClock} from '../clients/net/deadline.ts'
import {seedDirectives} from './directives-seed.ts'
import {startSandboxProxy} from './directives.ts'
import type {SandboxPart} from './sandbox.ts'

/** Two instances of the proxy's admin and debug endpoints, each with its own set of directives. */
export const directives: SandboxPart = {
  system: 'directives',
  async start({dir, nowMs, recordFolder}) {
    const [token, key] = [await secret(dir, 'admin-token'), await secret(dir, 'signing-key')]
    const start = () => startSandboxProxy({adminToken: token.value, signingKey: key.value})
    const proxies = [await start(), await start()]
    const stop = () => Promise.all(proxies.map(proxy => proxy.stop()))
    const instances = proxies.map(({url}) => url)
    let forget: (() => Promise<void>) | undefined
    if (recordFolder !== undefined) {
      const clock = {...systemClock, nowMs}
      forget = await seedDirectives({instances, adminToken: token.value, recordFolder, clock, random: Math.random})
        .catch(async (error: unknown) => {
          await stop()
          throw error
        })
    }
    return {
      section: {url: instances[0]!, instances, token: token.reference, signingKey: key.reference},
      lines: instances.map((url, at) => `${url}  proxy ${at + 1}`),
      stop: async () => {
        await Promise.all([forget?.(), stop()])
      },
    }
  },
}

async function secret(dir: string, name: string): Promise<{value: string; reference: string}> {
  const value = randomBytes(24).toString('hex')
  await writeFile(join(dir, name), value, {mode: 0o600})
  return {value, reference: `file://${join(dir, name)}`}
}
