import {expect, test} from 'vitest'
import {fixture} from '../clients/directive/fixtures.ts'

interface Rejected {name: string; body: string; status: number; answer: unknown}
interface Accepted {name: string; body: string; answer: unknown; list: unknown}
interface Exchange {method: string; path: string; headers: Record<string,
  string>; body?: string; status: number; answer: unknown}

const adminToken = 'admin-secret-of-the-test'
/** Recorded with other settings, or with an answer that depends on what went before. */
const elsewhere = new RegExp(
  '^(cleartext|etcd-mode|admin-not-enabled|debug-not-enabled|metrics|data-auth|admin-query|admin-list-(two|empty))')

/** The recorded exchanges of the admin and debug endpoints, sent again: the answers must be the same. */
export function recordedAnswers(name: string, url: () => string): void {
  const ask = async ({method, path, headers = {}, body}: Partial<Exchange> & {method: string; path: string}) => {
    const authorization = headers['authorization']?.replace('admin-secret', adminToken)
    const sent = authorization === undefined ? headers : {...headers, authorization}
    const response = await fetch(url() + path, {method, headers: sent, body})
    return {status: response.status, answer: await response.json() as unknown}
  }
  const authorization = 'Bearer admin-secret'

  test.each(fixture<Rejected[]>('admin-rejected.json'))(`${name} refuses $name`, async ({body, status, answer}) => {
    expect(await ask({method: 'POST', path: '/admin/directives', headers: {authorization}, body})).toEqual({status,
      answer})
  })

  test.each(fixture<Accepted[]>('admin-accepted.json'))(`${name} takes $name and lists it`, async ({body, answer,
    list}) => {
    expect(await ask({method: 'POST', path: '/admin/directives', headers: {authorization},
      body})).toEqual({status: 200, answer})
    expect(await ask({method: 'GET', path: '/admin/directives', headers: {authorization}})).toEqual({status: 200,
      answer: list})
  })

  const exchanges = Object.entries(fixture<Record<string, Exchange>>('requests.json')).filter(([key]) =>
    !elsewhere.test(key))
  test.each(exchanges)(`${name} answers %s`, async (_, exchange) => {
    expect(await ask(exchange)).toEqual({status: exchange.status, answer: exchange.answer})
  })
}
