import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connect, createServer, type SecureContextOptions, type TLSSocket } from 'node:tls'
import { describe, expect, it } from '@jest/globals'
import { DEMO_OFFICERS } from '../../../certs-dev/demo-world.ts'
import { PKCS12_PASSWORD } from '../../../certs-dev/make-development-certificates.ts'
import { blocksOf } from '../../../gateway/pki/pem.ts'
import { make, newFolder, read } from './world.ts'

interface Seen {
  /** What the client's certificate says, or the server's reason against it. */
  readonly client: string
  readonly server: string | undefined
}

/** Server and client both demand the other's certificate; resolves to what each saw of the other. */
async function handshake(server: SecureContextOptions, client: SecureContextOptions, host: string): Promise<Seen> {
  const strict = { minVersion: 'TLSv1.3', ciphers: 'DEFAULT@SECLEVEL=2' } as const
  const listener = createServer({ ...strict, ...server, requestCert: true, rejectUnauthorized: false })
  listener.on('secureConnection', (socket: TLSSocket) =>
    socket.end(
      socket.authorized ? (socket.getPeerX509Certificate()?.subjectAltName ?? '') : String(socket.authorizationError),
    ),
  )
  await new Promise<void>(resolve => listener.listen(0, host, resolve))
  try {
    return await new Promise((resolve, reject) => {
      listener.on('tlsClientError', reject)
      const socket = connect({ ...strict, ...client, host, port: (listener.address() as AddressInfo).port })
      let certificate: string | undefined
      let said = ''
      socket.on('secureConnect', () => (certificate = socket.getPeerX509Certificate()?.subjectAltName))
      socket.setEncoding('utf8').on('data', (text: string) => (said += text))
      socket.on('error', reject)
      socket.on('end', () => resolve({ client: said, server: certificate }))
    })
  } finally {
    listener.close()
  }
}

/** node:tls reads only the first CRL of a PEM text: each must be given by itself. */
const files = (out: string, name: string) => ({
  ca: read(out, 'ca.crt'),
  crl: blocksOf('X509 CRL', read(out, 'crl.pem')),
  cert: read(out, `${name}.crt`),
  key: read(out, `${name}.key`),
})

describe.each(['p256', 'rsa'] as const)('with %s certificates', keyType => {
  const out = newFolder()
  const made = make(out, { keyType, now: new Date(), officers: DEMO_OFFICERS.slice(0, 1) })

  it.each(['127.0.0.1', '::1'])('gateway and system accept each other at %s, CRLs checked', async host => {
    await made
    const seen = await handshake(files(out, 'gateway'), files(out, 'G99.21.records'), host)
    expect(seen.client).toBe('URI:urn:lienthong:system:G99.21/records')
    expect(seen.server).toContain('URI:urn:lienthong:gateway:gateway-1')
  })

  it('a provider serves the gateway', async () => {
    await made
    const seen = await handshake(files(out, 'G99.10.data-centre'), files(out, 'gateway'), '127.0.0.1')
    expect(seen.server).toContain('URI:urn:lienthong:system:G99.10/data-centre')
  })

  it('an officer comes with the PKCS#12 file', async () => {
    await made
    const pfx = readFileSync(join(out, 'officer.security-1.p12'))
    const client = { ca: read(out, 'ca.crt'), pfx, passphrase: PKCS12_PASSWORD }
    const seen = await handshake(files(out, 'gateway'), client, '127.0.0.1')
    expect(seen.client).toBe('URI:urn:lienthong:officer:security-1')
  })

  it('a system that is no provider cannot serve', async () => {
    await made
    const serving = handshake(files(out, 'G99.21.records'), files(out, 'gateway'), '127.0.0.1')
    await expect(serving).rejects.toHaveProperty('code', expect.stringMatching(/PURPOSE/))
  })

  it('another authority is not believed', async () => {
    await made
    const other = newFolder()
    await make(other, { now: new Date() })
    const { cert, key } = files(other, 'G99.21.records')
    const client = { ca: read(out, 'ca.crt'), cert, key }
    // Without CRLs, whose absence for the other authority OpenSSL would name first.
    const { crl: _, ...server } = files(out, 'gateway')
    const seen = await handshake(server, client, '127.0.0.1')
    expect(seen.client).toMatch(/^UNABLE_TO_GET_ISSUER_CERT|^SELF_SIGNED/)
  })
})
