import {readFile} from 'node:fs/promises'
import {UsageError} from '../clients/net/errors.ts'
import {encodeSet, type Directive, type EndpointKind, type Level} from '../clients/directive/model.ts'
import {refuse, validateSet, type Policy} from '../clients/directive/validate.ts'
import type {Io} from './io.ts'

/** A directive by flags; the time in milliseconds, as flags give it. */
export interface DirectiveFlags {
  id?: string
  level: Level
  tenant?: string
  index?: string
  principal?: string
  endpoint?: EndpointKind
  sample: number
  'ring-buffer': boolean
  capture: boolean
  ttl: number
}

/** The directives of a file, of stdin or of the flags, checked; faults are a UsageError with every place. */
export async function directivesFrom(
  io: Io, file: string | undefined, flags: DirectiveFlags | undefined, policy: Policy,
): Promise<Directive[]> {
  if (file === undefined && !flags) throw new UsageError('give a file, or - for stdin')
  const text = file === undefined ? encodeSet([byFlags(flags!)]) : await readInput(io, file)
  const {directives, faults} = validateSet(text, policy)
  if (directives) return directives
  if (file !== undefined) throw refuse(file === '-' ? 'stdin' : file, faults)
  const said = faults.map(({path, message}) => `${path.replace('directives[0].', '')}: ${message}`)
  throw new UsageError(`the directive is not published: ${said.join('; ')}`, {
    code: 'INVALID_SET', hint: 'Nothing was sent.',
  })
}

export async function readInput(io: Io, file: string): Promise<string> {
  if (file === '-') return readAll(io.stdin)
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} cannot be read`, {code: 'UNREADABLE', cause})
  })
}

async function readAll(stream: NodeJS.ReadStream): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks).toString('utf8')
}

function byFlags(flags: DirectiveFlags): Directive {
  const {id, level, tenant, index, principal, endpoint, sample, capture, ttl} = flags
  const madeId = [level.toLowerCase(), tenant ?? index ?? principal ?? endpoint ?? 'all'].join('-')
  return {
    id: id ?? madeId, level, ttlSecs: Math.ceil(ttl / 1000), samplePerMille: sample,
    ringBuffer: flags['ring-buffer'], capture, tenant, index, principal, endpoint,
  }
}
