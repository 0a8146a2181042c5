import {RefusedError, UsageError} from '../clients/net/errors.ts'
import {mintToken} from '../clients/directive/token.ts'
import type {Policy} from '../clients/directive/validate.ts'
import type {Settings} from './context/settings.ts'
import type {DirectiveFlags} from './directive-input.ts'

export interface MintedToken {
  token: string
  /** Ready for `curl -H`. */
  header: string
  expiresAtMs: number
  warnings: string[]
}

/** How a command that is run with a token gets it: not by its words, which everybody can read. */
export function tokenEnv({token, header}: MintedToken): Record<string, string> {
  return {OPSDECK_DIRECTIVE_TOKEN: token, OPSDECK_DIRECTIVE_HEADER: header}
}

/** Signs with the context's key, which comes by reference; the life of a token has the same ceiling as a ttl. */
export async function mintedToken(
  settings: Settings, flags: Omit<DirectiveFlags, 'id' | 'endpoint'>, policy: Policy, nowMs: number,
): Promise<MintedToken> {
  const lifeSecs = Math.ceil(flags.ttl / 1000)
  if (lifeSecs < 1) throw new UsageError('a token must live for at least a second')
  if (lifeSecs > policy.maxTtlSecs) {
    throw new RefusedError(`a token of ${lifeSecs} s is above this context's maxTtl of ${policy.maxTtlSecs} s`, {
      code: 'TTL_TOO_LONG', hint: 'Whoever sees a token can use it until its end.',
    })
  }
  const {level, tenant, index, principal, sample: samplePerMille, 'ring-buffer': ringBuffer, capture} = flags
  const empty = Object.entries({tenant, index, principal}).find(([, value]) => value === '')
  if (empty) throw new UsageError(`--${empty[0]} is empty: the token would match nothing`)
  const expSecs = Math.floor(nowMs / 1000) + lifeSecs
  const token = mintToken({level, expSecs, tenant, index, principal, samplePerMille, ringBuffer, capture},
    await requiredSigningKey(settings))
  const isWide = tenant === undefined && index === undefined && principal === undefined
  const header = `X-Debug-Directive: ${token}`
  return {token, header, expiresAtMs: expSecs * 1000, warnings: warningsFor(isWide, flags)}
}

/** The key behind the context's reference. */
export async function requiredSigningKey(settings: Settings): Promise<string> {
  const reference = settings.section('directives')?.signingKey
  if (reference !== undefined) return settings.secret(reference)
  throw new UsageError('the context has no signing key', {
    code: 'NO_SIGNING_KEY', hint: 'Set directives.signingKey to a reference (env://, file://, exec://).',
  })
}

type Recording = Pick<DirectiveFlags, 'level' | 'ring-buffer'>

function warningsFor(isWide: boolean, {level, 'ring-buffer': ringBuffer}: Recording): string[] {
  return [
    'a secret until its end, and forwarded to the upstream cluster unless forward_header_deny lists X-Debug-Directive',
    'a plain _search and a synchronous _bulk never look at it; a void token is ignored without a word',
    ...(isWide ? ['it has no target: it works for any request that carries it'] : []),
    ...(level === 'Off' && !ringBuffer ? ['level Off without --ring-buffer does nothing'] : []),
  ]
}
