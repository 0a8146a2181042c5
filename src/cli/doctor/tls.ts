import {readFile} from 'node:fs/promises'
import {connect, type PeerCertificate} from 'node:tls'
import {resolvedKeys} from '../context/resolved.ts'
import type {System, TlsSection} from '../context/schema.ts'
import {systems} from '../context/schema.ts'
import {findings, type DoctorTools, type Finding} from './finding.ts'

/** How long before its end a certificate is worth a warning. */
const soonDays = 14

/** A handshake with every https address of the context: is the certificate trusted, and for how long? */
export async function examineTls(tools: DoctorTools): Promise<Finding[]> {
  const addresses = resolvedKeys(tools.settings).flatMap(({key, value}) =>
    value
      .split(',')
      .filter(each => /^https:\/\//i.test(each))
      .map(each => ({system: systemOf(key), url: new URL(each)})))
  return Promise.all(
    addresses.filter(each => each.system !== undefined).map(({system, url}) => handshake(tools, system!, url)),
  )
}

function systemOf(key: string): System | undefined {
  return systems.find(system => key.startsWith(`${system}.`))
}

async function handshake({settings, connectTimeoutMs, io}: DoctorTools, system: System, url: URL): Promise<Finding> {
  const {fail} = findings(system)
  const tls = (settings.section(system) as {tls?: TlsSection} | undefined)?.tls
  const ca = tls?.ca === undefined ? undefined : await readFile(tls.ca).catch(() => undefined)
  return new Promise(resolve => {
    const socket = connect({
      host: url.hostname, port: Number(url.port) || 443, ca, servername: tls?.servername ?? url.hostname,
      rejectUnauthorized: false,
    })
    const done = (finding: Finding) => {
      socket.destroy()
      resolve(finding)
    }
    socket.setTimeout(
      connectTimeoutMs, () => done(fail(`tls ${url.host}`, `no handshake within ${connectTimeoutMs} ms`)),
    )
    socket.once('error', error => done(fail(`tls ${url.host}`, error.message, 'is this an https port?')))
    socket.once('secureConnect', () =>
      done(certificateFinding(
        system, url.host, socket.getPeerCertificate(),
        socket.authorized ? undefined : String(socket.authorizationError), io.clock.nowMs(),
      )))
  })
}

/** What a certificate is worth: trusted, and how long it still holds. */
export function certificateFinding(
  system: string, host: string, {valid_to: end}: Pick<PeerCertificate, 'valid_to'>, refusal: string | undefined,
  nowMs: number,
): Finding {
  const {ok, warn, fail} = findings(system)
  if (refusal !== undefined) return fail(
    `tls ${host}`, `the certificate is not trusted: ${refusal}`, `ctl context set NAME ${system}.tls.ca=/path/ca.pem`,
  )
  const leftDays = Math.floor((Date.parse(end) - nowMs) / 86_400_000)
  const until = `until ${new Date(end).toISOString()}`
  return leftDays < soonDays
    ? warn(`tls ${host}`, `the certificate ends in ${leftDays} days, ${until}`, 'renew it')
    : ok(`tls ${host}`, `trusted, ${until}`)
}
