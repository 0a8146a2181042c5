import type {Change} from '../../clients/net/change.ts'
import {UsageError} from '../../clients/net/errors.ts'
import type {ControlTableClient} from '../../clients/control-table/client.ts'
import type {Directives} from '../../clients/directive/open.ts'
import type {LeaseClient} from '../../clients/lease/client.ts'
import {applyChange, dryRunText} from '../apply.ts'
import type {Io} from '../io.ts'
import type {OpenTools} from '../open/tools.ts'
import {pageFor} from '../page.ts'
import type {Reopening} from './reopening.ts'

/** What the dashboard may ask for. */
type Request =
  | {kind: 'task release'; task: string; holder: string; claimedAt: string}
  | {kind: 'task fail'; task: string; holder: string; claimedAt: string}
  | {kind: 'lease abandon'; key: string; revision: bigint}
  | {kind: 'directive revoke'; id: string}
  | {kind: 'directive publish'; tenant: string; level: string}

interface Clients {
  tasks?: Reopening<ControlTableClient>
  leases?: Reopening<LeaseClient>
  directives?: Reopening<Directives>
}

/** A released task runs again after so long, unless the command line says otherwise. */
const releaseIntervalMs = 3_600_000
const publishTtlMs = 600_000

/**
 * Plans what the commands would plan, and applies it where they do: read-only, reason, typed name and audit are
 * the same.
 */
export function planner(tools: OpenTools, clients: Clients) {
  return async (request: Request, signal: AbortSignal) => {
    const change = await planOf(request, clients, tools, signal)
    const {settings, io} = tools
    return {
      what: `${change.action} ${change.target}`,
      target: change.target,
      preview: dryRunText(change, {...pageFor(io, 'never'), width: Number.POSITIVE_INFINITY}),
      warnings: change.warnings,
      typed: settings.danger,
      async apply({confirm, reason}: {confirm: string; reason: string}): Promise<string> {
        const said: string[] = []
        await applyChange(listening(io, said), change, {
          contextName: settings.context?.name, danger: settings.danger, readonly: settings.readonly,
          auditRequired: settings.auditRequired, yes: !settings.danger, confirm: settings.danger ? confirm : undefined,
          reason: reason === '' ? undefined : reason, argv: ['ctl', 'dash', request.kind, change.target],
        }, signal)
        return [`${change.action} ${change.target}: done`, ...said].join('; ')
      },
    }
  }
}

/** The screen belongs to the dashboard: what would go to stderr is said in its message line. */
function listening(io: Io, said: string[]): Io {
  const stderr = Object.assign(Object.create(io.stderr) as NodeJS.WriteStream, {
    isTTY: false, write: (text: string) => said.push(text.trim()) > 0,
  })
  return {...io, env: io.env, stdout: io.stdout, stdin: io.stdin, stderr}
}

async function planOf(
  request: Request, clients: Clients, tools: OpenTools, signal: AbortSignal,
): Promise<Change<unknown>> {
  switch (request.kind) {
    case 'task release':
    case 'task fail': return planTask(request, must(clients.tasks, 'tasks'), signal)
    case 'lease abandon': return must(clients.leases, 'leases').use(client =>
      client.planAbandon(request.key, {revision: request.revision}, signal), signal)
    case 'directive revoke': return must(clients.directives, 'directives').use(({client}) => client.plan(
      {kind: 'revoke', ids: [request.id]}, {action: 'revoke', target: request.id, verify: true}, signal), signal)
    case 'directive publish': return planPublish(request, must(clients.directives, 'directives'), tools, signal)
  }
}

/** The very claim that the screen showed: one that changed hands meanwhile is refused. */
async function planTask(
  request: Extract<Request, {task: string}>, tasks: Reopening<ControlTableClient>, signal: AbortSignal,
) {
  const {parseUs} = await import('../../clients/control-table/model.ts')
  const claim = {podId: request.holder, claimedAtUs: parseUs(request.claimedAt)}
  return tasks.use(async client => {
    const change = request.kind === 'task fail'
      ? await client.planFail(request.task, {claim}, signal)
      : await client.planRelease(request.task, {claim, intervalMs: releaseIntervalMs}, signal)
    const warnings = [`the claim of ${request.holder} ends`, ...change.warnings]
    return {...change, apply: (stop: AbortSignal) => change.apply(stop), warnings}
  }, signal)
}

async function planPublish(
  {tenant, level}: Extract<Request, {tenant: string}>, directives: Reopening<Directives>,
  {io, settings}: OpenTools, signal: AbortSignal,
) {
  const [{directivesFrom}, {policyOf}] = await Promise.all([
    import('../directive-input.ts'), import('../open/directives.ts'),
  ])
  const flags = {tenant, level: level as 'Shape', sample: 1000, 'ring-buffer': true, capture: false, ttl: publishTtlMs}
  const set = await directivesFrom(io, undefined, flags, policyOf(settings.section('directives') ?? {}))
  const target = set.map(({id}) => id).join(',')
  return directives.use(({client}) => client.plan(
    {kind: 'add', directives: set}, {action: 'publish', target, verify: true}, signal), signal)
}

function must<C>(client: C | undefined, system: string): C {
  if (client) return client
  throw new UsageError(`the context names no ${system}`)
}
