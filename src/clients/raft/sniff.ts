/** How long a server may take to show what it speaks. */
const patienceMs = 500

/**
 * What answers to the beginning of HTTP/2 in plain text: a web server complains in HTTP/1, a TLS server sends an
 * alert, or hangs up without a word, as does one that speaks something else.
 */
export async function speaks(host: string, port: number): Promise<'http1' | 'tls' | undefined> {
  const first = await firstBytes(host, port, preface)
  if (first.subarray(0, 7).toString('latin1') === 'HTTP/1.') return 'http1'
  if (isTls(first)) return 'tls'
  if (first.length > 0) return undefined
  return isTls(await firstBytes(host, port, clientHello)) ? 'tls' : undefined
}

/** An alert or a handshake message of TLS 1.x. */
function isTls(bytes: Buffer): boolean {
  return (bytes[0] === 0x15 || bytes[0] === 0x16) && bytes[1] === 3
}

/** How every HTTP/2 connection begins, with empty settings. */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1')

/** The shortest hello that every TLS server answers, if only by an alert: TLS 1.2 with one cipher. */
const clientHello = Buffer.concat([
  Buffer.from('160301002d010000290303', 'hex'), Buffer.alloc(32, 1), Buffer.from('000002c02f0100', 'hex'),
])

async function firstBytes(host: string, port: number, hello: Buffer): Promise<Buffer> {
  const {connect} = await import('node:net')
  return new Promise(resolve => {
    const socket = connect({host, port})
    const end = (bytes: Buffer = Buffer.alloc(0)) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(bytes)
    }
    const timer = setTimeout(end, patienceMs)
    socket.once('connect', () => socket.write(hello))
    socket.once('data', end)
    socket.once('error', () => end())
    socket.once('close', () => end())
  })
}
