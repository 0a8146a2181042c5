import {readFile} from 'node:fs/promises'
import {RaftClient} from '../clients/raft/client.ts'
import type {TlsTexts} from '../clients/raft/node.ts'
import type {ClusterStatus} from '../clients/raft/rules.ts'
import {Exit, UsageError, type ExitCode} from '../clients/net/errors.ts'
import {OpsCommand} from './command.ts'
import type {TlsSection} from './context/schema.ts'

/** A node gives up on a client's call after 50 to 100 ms; one that is silent for so long is frozen or gone. */
const longestCallMs = 1_000

/** What the commands of `ctl raft` share: the nodes of the context. */
export abstract class RaftCommand extends OpsCommand {
  #opened: Promise<RaftClient> | undefined

  protected raft(): Promise<RaftClient> {
    this.#opened ??= this.#open()
    return this.#opened
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    const client = await this.#opened?.catch(() => undefined)
    client?.close()
    await super.finally(error)
  }

  /** Asks every node once and says on stderr what is wrong. */
  protected async status(): Promise<ClusterStatus> {
    const status = await (await this.raft()).status(this.signal)
    for (const problem of status.problems) this.note(`warning: ${problem}`)
    return status
  }

  /** 4 when no node answers, 9 when some do but a leader is not proven or a node is missing. */
  protected exitOf({leader, nodes}: ClusterStatus): ExitCode {
    if (!nodes.some(({reachable}) => reachable)) return Exit.unreachable
    return leader && nodes.every(({ready}) => ready) ? Exit.ok : Exit.partial
  }

  async #open(): Promise<RaftClient> {
    const settings = await this.settings()
    const {endpoints = {}, tls} = settings.require('raft')
    this.trace(`raft at ${Object.values(endpoints).join(',')}${settings.context ? ` (context ${settings.context.name})` : ''}`)
    return RaftClient.open({
      endpoints, tls: tls && await tlsTexts(tls), timeoutMs: Math.min(this.shared.timeout, longestCallMs),
      monotonicMs: () => this.io.clock.monotonicMs(),
    })
  }
}

async function tlsTexts({ca, cert, key, servername}: TlsSection): Promise<TlsTexts> {
  const [caText, certText, keyText] = await Promise.all([ca, cert, key].map(pemText))
  return {ca: caText, cert: certText, key: keyText, servername}
}

async function pemText(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`${path}: ${cause.code ?? 'cannot be read'}`, {code: 'TLS_FILE', cause})
  })
}
