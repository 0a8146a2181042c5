/** The sections of a context, one a system. Secrets are references (`env://`, `file://`, `exec://`). */

export interface TlsSection {
  ca?: string
  cert?: string
  key?: string
  servername?: string
}

export interface TaelSection {
  /** `http://`, `https://` or `unix://` of one server or a query tier. */
  url?: string
  shards?: Record<string, string>
  /** Leader and standbys of each shard. */
  groups?: Record<string, string[]>
  apiKey?: string
  walDir?: string
}

export interface TasksSection {
  /** A path or `s3://bucket/prefix`. */
  uri?: string
  fence?: boolean
  region?: string
  endpoint?: string
  profile?: string
  pathStyle?: boolean
}

export interface LeasesSection {
  /** `nats://host:port` or `sqlite:PATH`. */
  url?: string
  bucket?: string
  /** `KEY=BUCKET`: which bucket the exports under a lease are taken from. */
  streams?: string[]
  creds?: string
  user?: string
  password?: string
  token?: string
  nkey?: string
  tls?: TlsSection
}

export interface RaftSection {
  /** Node id to `host:port`. */
  endpoints?: Record<string, string>
  /** Whether the servers have lease support switched on; writing with a ttl is refused otherwise. */
  ttl?: boolean
  tls?: TlsSection
}

export interface ArtifactsSection {
  /** `s3://bucket/prefix` or `file:///dir`. */
  url?: string
  endpoint?: string
  region?: string
  profile?: string
  pathStyle?: boolean
}

export interface DirectivesSection {
  /** Admin endpoint of one proxy instance, or several. */
  url?: string
  instances?: string[]
  /** Opens the admin endpoint. */
  token?: string
  /** Opens the data routes of proxies in token mode, for the probe. */
  dataToken?: string
  /** Send these tokens over plain HTTP to another machine. */
  allowCleartext?: boolean
  /** Key that signs per-request tokens. */
  signingKey?: string
  etcd?: {endpoints?: string[]; key?: string; user?: string; password?: string; tls?: TlsSection}
  /** `file:///path`: the embedded store. */
  file?: string
  maxTtl?: string
  tls?: TlsSection
}

export interface Context {
  danger?: boolean
  readonly?: boolean
  color?: string
  audit?: 'required'
  tael?: TaelSection
  tasks?: TasksSection
  leases?: LeasesSection
  raft?: RaftSection
  artifacts?: ArtifactsSection
  directives?: DirectivesSection
}

export type System = 'tael' | 'tasks' | 'leases' | 'raft' | 'artifacts' | 'directives'

export const systems: readonly System[] = ['tael', 'tasks', 'leases', 'raft', 'artifacts', 'directives']

export interface ConfigFile {
  current?: string
  previous?: string
  contexts?: Record<string, Context>
}

/** The key of each section without which it is of no use, and an example of its value. */
export const leadingKey: Record<System, {key: string; example: string; env?: string}> = {
  tael: {key: 'url', example: 'http://127.0.0.1:7701'},
  tasks: {key: 'uri', example: 's3://bucket/scouter', env: 'SCOUTER_STORAGE_URI'},
  leases: {key: 'url', example: 'nats://127.0.0.1:4222', env: 'NATS_URL'},
  raft: {key: 'endpoints.1', example: '127.0.0.1:9081'},
  artifacts: {key: 'url', example: 's3://bucket/artifacts'},
  directives: {key: 'url', example: 'https://127.0.0.1:8080'},
}
