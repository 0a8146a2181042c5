import type {KvEntry, KvPage} from '../../../src/ui/model.ts'

const text = (key: string, value: string): KvEntry => (
  {key, keyEncoding: 'utf8', value, valueEncoding: 'utf8', sizeBytes: Buffer.byteLength(value)})

/** What applications keep in the cluster: settings, a flag, bytes that are no text. */
const entries: readonly KvEntry[] = [
  text('/app/checkout/limits', '{"maxItems": 50, "timeoutMs": 2000}'),
  text('/app/checkout/region', 'eu-central-1'),
  text('/app/payments/providers', '{\n  "primary": "acme-pay",\n  "fallback": "zeta-pay"\n}\n'),
  {...text('/app/payments/seal', '00c0ffee8badf00ddeadbeef0123456789abcdef'), valueEncoding: 'hex', sizeBytes: 20},
  text('/flags/new-checkout', 'on'),
]

export function kvPage(prefix: string): KvPage {
  const items = entries.filter(({key}) => key.startsWith(prefix))
  return {items, total: items.length, node: 2, revision: 1_207n}
}
