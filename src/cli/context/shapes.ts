import {parseDurationMs} from '../quantity.ts'

/** What the value of a key must look like, in words that finish "tael.url should be …". */
interface Shape {
  words: string
  fits(value: string): boolean
}

const web: Shape = {
  words: 'an address like http://host:7701, https://host or unix:///path',
  fits: value => /^unix:\/\/\/./.test(value) || isWeb(value),
}
const plainWeb: Shape = {words: 'an address like http://host:8080 or https://host', fits: isWeb}
const hostPort: Shape = {
  words: 'host:port', fits: value => /^(https?:\/\/)?([\w.-]+|\[[0-9a-f:]+]):\d{1,5}$/i.test(value),
}
const colors = ['red', 'yellow', 'green', 'cyan', 'blue', 'magenta'] as const

/** By key; `*` stands for a name of the user's choice. Keys without a shape take any text. */
const shapes: Record<string, Shape> = {
  color: {words: `one of ${colors.join(', ')}`, fits: value => (colors as readonly string[]).includes(value)},
  audit: {words: '"required", or empty to remove it', fits: value => value === 'required'},
  'tael.url': web, 'tael.shards.*': web, 'tael.groups.*': web,
  'tasks.uri': {
    words: 'a folder or s3://bucket/prefix',
    fits: value => !/^[a-z][a-z0-9+.-]*:\/\//i.test(value) || /^s3:\/\/[^/]/i.test(value),
  },
  'tasks.endpoint': plainWeb, 'artifacts.endpoint': plainWeb,
  'leases.url': {
    words: 'an address like nats://host:4222, tls://host:4222 or sqlite:/path/leases.db',
    fits: value => value.split(',').every(each => /^(nats|tls):\/\/[^/\s]+$/.test(each)) || /^sqlite:./.test(value),
  },
  'leases.streams': {
    words: 'KEY=BUCKET, a lease and the bucket that is exported under it', fits: value => /^[^=]+=[-\w]+$/.test(value),
  },
  'raft.endpoints.*': hostPort,
  'artifacts.url': {
    words: 'an address like s3://bucket/prefix or file:///folder',
    fits: value => /^s3:\/\/[^/]/.test(value) || /^file:\/\/\/./.test(value),
  },
  'directives.url': plainWeb, 'directives.instances': plainWeb, 'directives.etcd.endpoints': {
    words: 'host:port or http(s)://host:port', fits: hostPort.fits,
  },
  'directives.file': {words: 'an address like file:///path', fits: value => /^file:\/\/\/./.test(value)},
  'directives.maxTtl': {words: 'a length of time like 30m', fits: isDuration},
}

/** What is wrong with a value, or undefined when it may stand. Lists are looked at one by one. */
export function shapeProblem(path: readonly string[], value: string | readonly string[]): string | undefined {
  const shape = shapes[path.join('.')] ?? shapes[[...path.slice(0, -1), '*'].join('.')]
  const wrong = shape && [value].flat().find(each => !shape.fits(each))
  return wrong === undefined ? undefined : `${path.join('.')} should be ${shape!.words}, not "${wrong}"`
}

function isWeb(value: string): boolean {
  const url = /^https?:\/\//i.test(value) ? URL.parse(value) : null
  return url !== null && url.hostname !== ''
}

function isDuration(value: string): boolean {
  try {
    return parseDurationMs(value) > 0
  } catch {
    return false
  }
}
