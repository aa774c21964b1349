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
    documents: true,
  },
  {
    what: 'a certificate that is not valid yet',
    call: withCertificate('early'),
    code: 'certificate-not-yet-valid',
    ...atHandshake,
    documents: true,
  },
  {
    what: 'a certificate of a foreign authority',
    call: withCertificate('foreign'),
    code: 'certificate-untrusted',
    ...atHandshake,
    documents: true,
  },
  {
    what: 'a certificate that signed itself',
    call: withCertificate('self'),
    code: 'certificate-untrusted',
    ...atHandshake,
  },
  {
    what: 'a certificate for RSA of 1024 bits',
    call: withCertificate('weak'),
    code: 'certificate-weak',
    ...atHandshake,
    documents: true,
  },
  {
    what: 'a certificate for TLS servers only',
    call: withCertificate('server'),
    code: 'certificate-unsuitable',
    ...atHandshake,
    documents: true,
  },
  // From here on the certificate is good, and what is registered decides.
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
    what: 'a revoked certificate, on a connection that was open before',
    async call(scene) {
      const { certsDir, gateway } = scene.world
      const raw = await scene.raw('G99.23.training')
      const ask = async () => {
        raw.send(
          requestText(`GET ${LIST.path} HTTP/1.1`, [
            ['Host', 'localhost'],
            ['Exchange-Purpose', 'reference-data'],
          ]),
        )
        return { ...(await raw.answer()), shown: SHOWN }
      }
      if ((await ask()).status !== 200) throw new Error('was refused before')
      const serial = new X509Certificate(readFileSync(join(certsDir, 'G99.23.training.crt'))).serialNumber
      const loaded = (): number => gateway.log().split('loaded revocation lists').length
      const before = loaded()
      writeCrls(certsDir, [], { revoked: [{ serial, at: new Date(), reason: 'keyCompromise' }] })
      await eventually(loaded, times => times > before)
      const seen = scene.world.provider.seen
      // The good call was no part of this row.
      seen.pop()
      return ask()
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
