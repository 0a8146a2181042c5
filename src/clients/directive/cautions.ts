import {targetOf, type Directive, type EndpointKind} from './model.ts'

/**
 * What a directive will not do, said before it is published. Measured on osproxy 1.0.5: one request of each
 * kind against one directive without targets, baseline off.
 */
export function cautions(directive: Directive): string[] {
  return [...aboutReach(directive), ...aboutEffect(directive)].map(text => `${directive.id}: ${text}`)
}

function aboutReach(directive: Directive): string[] {
  const {endpoint, tenant} = directive
  const texts: string[] = []
  if (Object.keys(targetOf(directive)).length === 0) texts.push('no target: it matches every request of every tenant')
  const streamed = streaming[endpoint ?? 'any']
  if (streamed) texts.push(streamed)
  if (tenant !== undefined) texts.push('a request that fails before its tenant is resolved does not match')
  return texts
}

/** The streaming paths never ask for directives. */
const streaming: Partial<Record<EndpointKind | 'any', string>> = {
  any: 'plain _search and synchronous _bulk requests never evaluate directives',
  Search: 'a plain _search streams and never evaluates directives; only one with scroll does',
  IngestBulk: 'a synchronous _bulk streams and never evaluates directives',
}

function aboutEffect(directive: Directive): string[] {
  const {level, ringBuffer, capture, samplePerMille} = directive
  const texts: string[] = []
  const doesNothing = level === 'Off' && !ringBuffer && !capture
  if (samplePerMille === 0) texts.push('a sample of 0 records nothing')
  else if (doesNothing) texts.push('level Off without ring_buffer or capture does nothing')
  if (level !== 'Off') {
    texts.push('shows only where the proxy runs with diag_baseline=off and an OTLP endpoint')
    if (level !== 'Shape') texts.push(`${level} exports exactly what Shape does`)
  }
  if (ringBuffer) texts.push('the tape holds the last 256 entries of each instance and cannot be cleared')
  if (capture) texts.push('capture works only in a proxy built with it and set up for it')
  return texts
}
