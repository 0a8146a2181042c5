import {UsageError} from '../net/errors.ts'

/**
 * How an artifact lies in a store: `addressed` since 0.6 (payload named by rank and manifest hash, the manifest
 * is a pointer that moves forward), `fixed` in 0.5 (payload and manifest at fixed names, the last write wins).
 */
export type Layout = 'addressed' | 'fixed'

const encoded = /[\u0000-\u001f\u007f-\u{10ffff}\\{}^%`\]">[~<#|*?]/gu

function encodeSegment(segment: string): string {
  if (segment === '.' || segment === '..') return segment.replaceAll('.', '%2E')
  return segment.replaceAll(encoded, character =>
    Array.from(Buffer.from(character), byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''))
}

/** A prefix and a key as one stored name. Empty segments of the key are dropped, in the prefix they are an error. */
export function storedPath(prefix: string, key: string): string {
  const prefixParts = trimSlashes(prefix) === '' ? [] : trimSlashes(prefix).split('/')
  if (prefixParts.includes('')) throw new UsageError(`the store prefix "${prefix}" has an empty segment`)
  return [...prefixParts, ...key.split('/').filter(part => part !== '')].map(encodeSegment).join('/')
}

const trimSlashes = (path: string): string => path.replace(/^\//, '').replace(/\/$/, '')

/** The stored name of the manifest (in 0.6 and later: the pointer). It is the same in both layouts. */
export function pointerKey(prefix: string, key: string): string {
  return storedPath(prefix, `${key}.manifest.json`)
}

/** The folder of a key's addressed payloads, with a slash at the end. */
export function payloadFolder(prefix: string, key: string): string {
  return `${storedPath(prefix, `${key}.payloads`)}/`
}

/** The stored name of the payload of the manifest with this rank and address (`h8`). */
export function payloadKey(prefix: string, key: string, layout: Layout, rank: bigint, address: string): string {
  if (layout === 'fixed') return storedPath(prefix, key)
  return `${payloadFolder(prefix, key)}${rank.toString(16).padStart(16, '0')}-${address}.tar`
}

/** The rank in a payload's name, by which prune judges it; undefined for names that it never touches. */
export function rankOfPayload(name: string): bigint | undefined {
  const text = name.slice(name.lastIndexOf('/') + 1).split('-', 1)[0]!
  return /^\+?[0-9a-fA-F]+$/.test(text) && BigInt(`0x${text.replace('+', '')}`) <= 0xffff_ffff_ffff_ffffn
    ? BigInt(`0x${text.replace('+', '')}`)
    : undefined
}

const pointerEnd = '.manifest.json'

/** The key that a stored name below `prefix` is the pointer of, percent-encoding undone; undefined for others. */
export function keyOfPointer(prefix: string, stored: string): string | undefined {
  const root = storedPath(prefix, '')
  if (!stored.endsWith(pointerEnd) || !stored.startsWith(root)) return undefined
  const inside = stored.slice(root === '' ? 0 : root.length + 1, -pointerEnd.length)
  try {
    return decodeURIComponent(inside)
  } catch {
    return inside
  }
}

/** Refuses keys that would not come back as they went in. */
export function checkKey(key: string): string {
  const parts = key.split('/')
  if (key === '' || parts.includes(''))
    throw new UsageError(`"${key}" is no artifact key`, {hint: 'A key is a path like edge/latest.'})
  return key
}
