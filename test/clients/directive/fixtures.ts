import {readFileSync} from 'node:fs'
import type {Directive} from '../../../src/clients/directive/model.ts'
import type {Snapshot} from '../../../src/clients/directive/listing.ts'

/** A recording of the real proxy (osproxy 1.0.5). */
export function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../fixtures/directive/${name}`, import.meta.url), 'utf8')) as T
}

export function directive(id: string, fields: Partial<Directive> = {}): Directive {
  return {id, level: 'Shape', ttlSecs: 600, samplePerMille: 1000, ringBuffer: false, capture: false, ...fields}
}

/** Noon of a day; all cases count from here. */
export const noonMs = Date.parse('2026-11-21T12:00:00Z')

export function snapshot(fields: Partial<Snapshot> = {}): Snapshot {
  return {
    store: 'etcd', version: '7', readAtMs: noonMs, directives: [], dropped: [], recordState: 'absent', ...fields,
  }
}
