import { LIST, type Row } from '../../support/refusals/row.ts'
import { writeCrls } from '../../support/refusals/certificates.ts'
import { eventually, RECORDS, type Scene } from '../../support/refusals/scene.ts'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import { requestText } from '../../support/refusals/raw-connection.ts'

/** A call over a connection of its own, whose client does not mind weak keys. The gateway answers without waiting for a request. */
const withCertificate = (name: string) => async (scene: Scene) => {
  const raw = await scene.raw(name, { ciphers: 'DEFAULT@SECLEVEL=0' })
  raw.send(
    requestText(`GET ${LIST.path} HTTP/1.1`, [
      ['Host', 'localhost'],
      ['Exchange-Purpose', 'reference-data'],
    ]),
  )
  return { ...(await raw.answer()), shown: SHOWN }
}

const SHOWN = `GET ${LIST.path} HTTP/1.1\nHost: localhost\nExchange-Purpose: reference-data`

/** Judged by OpenSSL at the handshake: answered before any HTTP parser is attached. */
const atHandshake = { records: 'tls-failure', status: 401, forwarded: 'no', closes: true } as const
/** Judged per request. */
const perRequest = { records: ['refusal'], status: 401, forwarded: 'no', closes: true } as const

export const certificateRows: readonly Row[] = [
  {
    what: 'an expired certificate',
    call: withCertificate('expired'),
    code: 'certificate-expired',
    ...atHandshake,
    detail: 'CERT_HAS_EXPIRED',
    documents: true,
  },
  {
    what: 'a certificate that is not valid yet',
    call: withCertificate('early'),
    code: 'certificate-not-yet-valid',
    ...atHandshake,
    detail: 'CERT_NOT_YET_VALID',
    documents: true,
  },
  {
    what: 'a certificate of a foreign authority',
    call: withCertificate('foreign'),
    code: 'certificate-untrusted',
    ...atHandshake,
    detail: 'SELF_SIGNED_CERT_IN_CHAIN',
    documents: true,
  },
  {
    what: 'a certificate that signed itself',
    call: withCertificate('self'),
    code: 'certificate-untrusted',
    ...atHandshake,
    detail: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  },
  {
    what: 'a certificate for RSA of 1024 bits',
    call: withCertificate('weak'),
    code: 'certificate-weak',
    ...atHandshake,
    detail: 'EE certificate key too weak',
    documents: true,
  },
  {
    what: 'a certificate for TLS servers only',
    call: withCertificate('server'),
    code: 'certificate-unsuitable',
    ...atHandshake,
    detail: 'INVALID_PURPOSE',
    documents: true,
  },
  {
    what: 'a certificate that names a registered issuer and was signed by another key',
    call: withCertificate('forged'),
    code: 'certificate-untrusted',
    ...atHandshake,
    detail: 'CERT_SIGNATURE_FAILURE',
  },
  {
    what: "a certificate that was issued with a system's certificate",
    call: withCertificate('grandchild'),
    code: 'certificate-untrusted',
    ...atHandshake,
    detail: 'key usage does not include certificate signing',
  },
  {
    what: 'an authority below one that may have none (path length)',
    call: withCertificate('too-deep'),
    code: 'certificate-untrusted',
    ...atHandshake,
    detail: 'PATH_LENGTH_EXCEEDED',
  },
  {
    what: 'an authority that is limited to other hosts (name constraints)',
    call: withCertificate('permitted-hosts'),
    code: 'certificate-untrusted',
    ...atHandshake,
    detail: 'permitted subtree violation',
  },
  {
    what: 'an authority that may not name this organisation (name constraints)',
    call: withCertificate('excluded-organisation'),
    code: 'certificate-untrusted',
    ...atHandshake,
    detail: 'excluded subtree violation',
  },
  {
    what: 'an authority that is limited to URIs, where the SAN is a URN (name constraints)',
    call: withCertificate('permitted-uris'),
    code: 'certificate-untrusted',
    ...atHandshake,
    detail: 'unsupported or invalid name syntax',
  },
  {
    what: 'a critical extension that nobody knows',
    call: withCertificate('unknown-extension'),
    code: 'certificate-untrusted',
    ...atHandshake,
    detail: 'unhandled critical extension',
  },
  {
    what: 'a certificate signed over SHA-1',
    call: withCertificate('sha1'),
    code: 'certificate-weak',
    ...atHandshake,
    detail: 'CA signature digest algorithm too weak',
  },
  {
    what: 'an authority with an RSA key of 1024 bits',
    call: withCertificate('weak-authority'),
    code: 'certificate-weak',
    ...atHandshake,
    detail: 'CA certificate key too weak',
  },
  {
    what: 'a key that may not sign (key usage)',
    call: withCertificate('encipherment'),
    code: 'certificate-unsuitable',
    ...atHandshake,
    detail: 'INVALID_PURPOSE',
  },
  // From here on the certificate is good, and what is registered decides.
  {
    what: 'an authority that nobody registered, below a registered one',
    call: withCertificate('unregistered'),
    code: 'certificate-untrusted',
    ...perRequest,
    detail: 'unregistered-issuer',
  },
  {
    what: 'a good certificate whose key nobody registered',
    call: withCertificate('unbound'),
    code: 'certificate-unbound',
    ...perRequest,
    detail: 'unbound-key',
    documents: true,
  },
  {
    what: "a good certificate with another system's SAN",
    call: withCertificate('mismatch'),
    code: 'certificate-mismatch',
    ...perRequest,
    documents: true,
  },
  {
    what: 'a good certificate with two SANs, one of them right',
    call: withCertificate('two-names'),
    code: 'certificate-mismatch',
    ...perRequest,
  },
  {
    what: 'a good certificate without SAN',
    call: withCertificate('nameless'),
    code: 'certificate-mismatch',
    ...perRequest,
  },
  {
    what: 'a registered issuer that may not name the unit',
    call: withCertificate('other-issuer'),
    code: 'issuer-not-allowed',
    ...perRequest,
    documents: true,
  },
  {
    what: 'a suspended system',
    call: withCertificate('G99.21.suspended'),
    code: 'system-suspended',
    ...perRequest,
    documents: true,
  },
]

/** Change the world for what comes behind them. */
export const revocationRows: readonly Row[] = [
  {
    what: 'a revoked certificate: its open connection is closed, and a new one refused',
    async call(scene) {
      const { certsDir, gateway, provider } = scene.world
      const raw = await scene.raw('G99.23.training')
      raw.send(
        requestText(`GET ${LIST.path} HTTP/1.1`, [
          ['Host', 'localhost'],
          ['Exchange-Purpose', 'reference-data'],
        ]),
      )
      if ((await raw.answer()).status !== 200) throw new Error('was refused before')
      // The good call was no part of this row.
      provider.seen.pop()
      const serial = new X509Certificate(readFileSync(join(certsDir, 'G99.23.training.crt'))).serialNumber
      const loaded = (): number => gateway.log().split('loaded revocation lists').length
      const before = loaded()
      writeCrls(certsDir, [], { revoked: [{ serial, at: new Date(), reason: 'keyCompromise' }] })
      if ((await raw.closed()) !== '') throw new Error('something was said before the connection closed')
      await eventually(loaded, times => times > before)
      return withCertificate('G99.23.training')(scene)
    },
    code: 'certificate-revoked',
    ...perRequest,
    documents: true,
  },
  {
    what: 'a revocation list whose time is over',
    async call(scene) {
      const { certsDir, gateway } = scene.world
      const loaded = (): number => gateway.log().split('loaded revocation lists').length
      const before = loaded()
      writeCrls(certsDir, [], { stale: true })
      await eventually(loaded, times => times > before)
      return withCertificate(RECORDS)(scene)
    },
    code: 'revocation-unknown',
    ...perRequest,
    documents: true,
  },
]
