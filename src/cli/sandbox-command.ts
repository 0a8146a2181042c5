import * as Flags from '@oclif/core/flags'
import {ConflictError, UnreachableError, UsageError} from '../clients/net/errors.ts'
import {createHttp, type HttpAnswer} from '../clients/net/http.ts'
import {nearest} from '../clients/net/nearest.ts'
import {targetView, type SandboxTarget} from '../format/views/sandbox.ts'
import {OpsCommand} from './command.ts'
import {arg} from './flags.ts'
import {readSandboxState, sandboxStateFile} from './sandbox-state.ts'

/** `static args = {target: targetArg()}` */
export const targetArg = () => arg('target', 'A server of the sandbox, e.g. tael/shard-a; see: ctl sandbox targets')

type Action = 'kill' | 'freeze' | 'revive' | 'lead'

/** What the commands share that break and mend the parts of a running sandbox. */
export abstract class SandboxCommand extends OpsCommand {
  static override baseFlags = {
    ...OpsCommand.baseFlags,
    name: Flags.string({summary: 'Name of the sandbox: the context it wrote', default: 'sandbox', helpValue: 'name'}),
  }

  /** Every target that the running sandbox has. */
  protected async targets(name: string): Promise<SandboxTarget[]> {
    return JSON.parse((await this.#ask(name, 'GET', '/targets')).text).items as SandboxTarget[]
  }

  /** Does it and shows what the target is then. */
  protected async act(name: string, target: string, action: Action): Promise<void> {
    checkTarget(await this.targets(name), target, action)
    const answer = await this.#ask(name, 'POST', `/targets/${target}/${action}`)
    await this.show(targetView, JSON.parse(answer.text) as SandboxTarget)
  }

  async #ask(name: string, method: 'GET' | 'POST', path: string): Promise<HttpAnswer> {
    const {url, token, pid} = await readSandboxState(sandboxStateFile(this.io, name), name)
    const {timeout: timeoutMs, 'connect-timeout': connectTimeoutMs} = this.shared
    const http = createHttp({url, headers: {authorization: `Bearer ${token}`}, timeoutMs, connectTimeoutMs, retries: 0})
    try {
      const answer = await http.request({method, path})
      if (answer.status === 200) return answer
      if (answer.status === 409) throw new ConflictError(String(JSON.parse(answer.text).error))
      throw new UnreachableError(`the sandbox "${name}" answered ${answer.status}: ${answer.text}`, {endpoint: url})
    } catch (cause) {
      if (!(cause instanceof UnreachableError) || cause.code !== 'REFUSED') throw cause
      const code = 'NO_SANDBOX'
      throw new UnreachableError(`the sandbox "${name}" (process ${pid}) is gone`, {code, endpoint: url, cause})
    } finally {
      await http.close()
    }
  }
}

function checkTarget(targets: readonly SandboxTarget[], wanted: string, action: Action): void {
  const names = targets.map(({target}) => target)
  const found = targets.find(({target}) => target === wanted)
  if (!found) {
    const near = nearest(wanted, names)
    const guess = near ? `: did you mean ${near}?` : ''
    throw new UsageError(`the sandbox has no ${wanted}${guess}`, {hint: `It has: ${names.join(', ')}`})
  }
  if (found.actions.includes(action)) return
  throw new UsageError(`${wanted} cannot ${action}`, {hint: `It can: ${found.actions.join(', ')}`})
}
