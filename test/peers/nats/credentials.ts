import {execFileSync} from 'node:child_process'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {createAccount, createOperator, createUser, type KeyPair} from '@nats-io/nkeys'

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A NATS JWT: what `issuer` says about `subject`, signed with its key. */
function signed(issuer: KeyPair, subject: KeyPair, name: string, nats: object): string {
  const now = Math.floor(Date.now() / 1000)
  const body = {jti: `${name}-${now}`, iat: now, iss: issuer.getPublicKey(), name, sub: subject.getPublicKey(), nats}
  const head = `${part({typ: 'JWT', alg: 'ed25519-nkey'})}.${part(body)}`
  return `${head}.${Buffer.from(issuer.sign(new TextEncoder().encode(head))).toString('base64url')}`
}

/** An operator with one account and one user, new each time: the server's configuration, and the user's creds file. */
export function makeCredentials(folder: string): {config: string; creds: string; wrongCreds: string} {
  const [operator, system, account, user] = [createOperator(), createAccount(), createAccount(), createUser()]
  const limits = {subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1,
    mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1}
  const operatorJwt = signed(operator, operator, 'operator', {type: 'operator', version: 2})
  const preload = ([['system', system, {}], ['account', account, {limits}]] as const).map(([name, key, more]) =>
    `${key.getPublicKey()}: ${signed(operator, key, name, {type: 'account', version: 2, ...more})}`)
  const userJwt = (key: KeyPair) =>
    signed(account, key, 'user', {type: 'user', version: 2, subs: -1, data: -1, payload: -1})
  const [config, creds, wrongCreds] = ['jwt.conf', 'user.creds', 'wrong.creds'].map(name => join(folder, name)) as [
    string, string, string,
  ]
  writeFileSync(
    config,
    `operator: ${operatorJwt}\nsystem_account: ${system.getPublicKey()}\nresolver: MEMORY\nresolver_preload: {${preload.join(', ')}}\n`,
  )
  const file = (jwt: string, seed: Uint8Array) =>
    `-----BEGIN NATS USER JWT-----\n${jwt}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${text(seed)}\n------END USER NKEY SEED------\n`
  writeFileSync(creds, file(userJwt(user), user.getSeed()), {mode: 0o600})
  writeFileSync(wrongCreds, file(userJwt(user), createUser().getSeed()), {mode: 0o600})
  return {config, creds, wrongCreds}
}

/** A new authority, a server certificate for `nats.test`, a client certificate, and the configuration that asks for it. */
export function makeTls(folder: string): {config: string; ca: string; cert: string; key: string} {
  const at = (name: string) => join(folder, name)
  const openssl = (...words: string[]) => execFileSync('openssl', words, {stdio: 'ignore', cwd: folder})
  openssl(
    'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '1', '-subj',
    '/CN=test authority',
  )
  for (const [name, subject, extension] of [
    ['server', 'nats.test', 'subjectAltName=DNS:nats.test'], ['client', 'ops', 'extendedKeyUsage=clientAuth'],
  ]) {
    openssl(
      'req', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj',
      `/CN=${subject}`,
    )
    writeFileSync(at(`${name}.ext`), `${extension}\n`)
    openssl(
      'x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-out',
      `${name}.pem`, '-days', '1', '-extfile', `${name}.ext`,
    )
  }
  writeFileSync(
    at('tls.conf'),
    `tls: {cert_file: "${at('server.pem')}", key_file: "${at('server.key')}", ca_file: "${at('ca.pem')}", verify: true}\n`,
  )
  return {config: at('tls.conf'), ca: at('ca.pem'), cert: at('client.pem'), key: at('client.key')}
}
