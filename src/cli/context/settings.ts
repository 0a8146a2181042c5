import {UsageError} from '../../clients/net/errors.ts'
import {nearest} from '../../clients/net/nearest.ts'
import {configPath, isMapping, loadConfig} from './file.ts'
import {leadingKey, systems, type Context, type System} from './schema.ts'
import {resolveSecret} from './secrets.ts'

type Env = Record<string, string | undefined>

/** Where a value came from, as `ctl context show --origin` prints it. */
export type Origin = 'flag' | `env ${string}` | `context ${string}` | 'default'

/** What one run works with, after flag, environment, context and default in this order. */
export interface Settings {
  context: {name: string; data: Context} | undefined
  configPath: string | undefined
  danger: boolean
  readonly: boolean
  auditRequired: boolean
  /** The section of a system, or undefined when nothing configures it. */
  section<S extends System>(system: S): NonNullable<Context[S]> | undefined
  /** The same, or a UsageError that says which key to set and how. */
  require<S extends System>(system: S): NonNullable<Context[S]>
  origin(key: string): Origin | undefined
  secret(reference: string): Promise<string>
}

/** Environment names of single keys: ours are made from the key, these are the systems' own. */
const foreignEnv: Record<string, string> = {
  'tasks.uri': 'SCOUTER_STORAGE_URI',
  'leases.url': 'NATS_URL',
  'leases.creds': 'NATS_CREDS',
  'leases.user': 'NATS_USER',
  'artifacts.region': 'AWS_REGION',
  'artifacts.profile': 'AWS_PROFILE',
  'artifacts.endpoint': 'AWS_ENDPOINT_URL_S3',
  'tasks.region': 'AWS_REGION',
  'tasks.profile': 'AWS_PROFILE',
  'tasks.endpoint': 'AWS_ENDPOINT_URL_S3',
}

/** The systems' own variables that hold a secret: taken as a reference to themselves, never copied. */
const secretEnv: Record<string, string> = {
  'tael.apiKey': 'TAEL_API_KEY',
  'leases.password': 'NATS_PASSWORD',
  'leases.token': 'NATS_TOKEN',
  'directives.token': 'OSPROXY_DIRECTIVE_ADMIN_TOKEN',
  'directives.signingKey': 'OSPROXY_DEBUG_DIRECTIVE_KEY',
}

const ownEnvKeys: Record<System, readonly string[]> = {
  tael: ['url', 'apiKey', 'walDir'],
  tasks: ['uri', 'region', 'endpoint', 'profile'],
  leases: ['url', 'bucket', 'creds', 'user', 'password', 'token', 'nkey'],
  raft: [],
  artifacts: ['url', 'endpoint', 'region', 'profile'],
  directives: ['url', 'token', 'signingKey', 'file', 'maxTtl'],
}

export interface SettingsInput {
  env: Env
  flags: {context?: string; readonly?: boolean; [name: string]: unknown}
  homeDir: string
}

export async function loadSettings({env, flags, homeDir}: SettingsInput): Promise<Settings> {
  const loaded = await loadConfig(configPath(env, homeDir))
  const contexts = loaded.config.contexts ?? {}
  const name = chosenContext(flags.context, env['OPSDECK_CONTEXT'], loaded.config)
  if (name !== undefined && !Object.hasOwn(contexts, name)) throw unknownContext(name, Object.keys(contexts))
  const data = name === undefined ? {} : soundContext(name, contexts[name] ?? {})
  const origins = new Map<string, Origin>()
  const sections = mergeSections(data, name, env, origins)
  return {
    context: name === undefined ? undefined : {name, data},
    configPath: loaded.path,
    danger: data.danger === true,
    readonly: Boolean(flags.readonly) || data.readonly === true || isOn(env['OPSDECK_READONLY']),
    auditRequired: data.audit === 'required' || env['OPSDECK_AUDIT'] === 'required',
    section: system => sections[system] as never,
    require: system => (sections[system] ?? missing(system, name)) as never,
    origin: key => origins.get(key),
    secret: reference => resolveSecret(reference, env),
  }
}

/**
 * A guard that cannot be read must not be taken for absent (`readonly: yes` is a text in YAML), nor a section
 * that is none for an empty one.
 */
function soundContext(name: string, data: unknown): Context {
  const wrong = !isMapping(data) ? 'is not a mapping'
    : typeof (data['danger'] ?? false) !== 'boolean' ? 'danger should be true or false'
    : typeof (data['readonly'] ?? false) !== 'boolean' ? 'readonly should be true or false'
    : ![undefined, null, 'required'].includes(data['audit'] as null) ? 'audit should be "required" or left out'
    : systems.filter(system => !isMapping(data[system] ?? {})).map(system => `${system} is not a mapping`)[0]
  if (wrong === undefined) return data as Context
  throw new UsageError(`context ${name}: ${wrong}`, {
    code: 'CONFIG_INVALID', hint: `Mend it: ctl context edit, or ctl context set ${name} KEY=VALUE`,
  })
}

/** `-` is the context before the current one. An empty OPSDECK_CONTEXT means none. */
function chosenContext(
  flag: string | undefined, fromEnv: string | undefined, config: {current?: string; previous?: string},
): string | undefined {
  const wanted = flag ?? fromEnv
  if (wanted === '-') return config.previous
  if (wanted !== undefined) return wanted === '' ? undefined : wanted
  return config.current
}

function unknownContext(name: string, known: string[]): UsageError {
  const near = nearest(name, known)
  return new UsageError(`no context "${name}"`, {
    code: 'UNKNOWN_CONTEXT',
    hint: near ? `Did you mean: ${near}`
      : known.length > 0 ? `Known: ${known.join(', ')}`
      : 'There are none yet: ctl context add NAME tael.url=http://127.0.0.1:7701',
  })
}

function mergeSections(data: Context, name: string | undefined, env: Env, origins: Map<string, Origin>): Context {
  const merged: Record<string, Record<string, unknown>> = {}
  const put = (system: string, key: string, value: unknown, origin: Origin) => {
    (merged[system] ??= {})[key] = value
    origins.set(`${system}.${key}`, origin)
  }
  for (const system of Object.keys(ownEnvKeys) as System[]) {
    for (const [key, value] of Object.entries(data[system] ?? {})) put(system, key, value, `context ${name}`)
    for (const key of ownEnvKeys[system]) {
      const found = fromEnvironment(env, system, key, merged[system] !== undefined)
      if (found) put(system, key, found.value, `env ${found.name}`)
    }
  }
  return merged as Context
}

/** Our own name of a key wins over those of the systems' own tools. */
function fromEnvironment(
  env: Env, system: System, key: string, isConfigured: boolean,
): {name: string; value: string} | undefined {
  const own = `OPSDECK_${system}_${key.replaceAll(/([A-Z])/g, '_$1')}`.toUpperCase()
  if (env[own]) return {name: own, value: env[own]}
  const foreign = foreignEnv[`${system}.${key}`]
  // A region or a profile alone configures nothing: it only completes a section that is there.
  const completes = isConfigured || key === leadingKey[system].key
  if (foreign && env[foreign] && completes) return {name: foreign, value: env[foreign]}
  const secret = secretEnv[`${system}.${key}`]
  return secret && env[secret] ? {name: secret, value: `env://${secret}`} : undefined
}

function missing(system: System, name: string | undefined): never {
  const {key, example, env} = leadingKey[system]
  const command = name === undefined
    ? `ctl context add NAME ${system}.${key}=${example}`
    : `ctl context set ${name} ${system}.${key}=${example}`
  const what = name === undefined
    ? `no context says where ${system} is`
    : `context ${name} does not say where ${system} is (${system}.${key})`
  throw new UsageError(what, {
    code: 'NOT_CONFIGURED',
    hint: `Set it: ${command}${env ? `\nor ${env}=${example}` : ''}\n`
      + `or try everything on the embedded sandbox: ctl sandbox`,
  })
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false'
}
