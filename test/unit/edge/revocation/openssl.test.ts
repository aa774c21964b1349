import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { instantOfMillis } from '../../../../gateway/domain/instant.ts'
import { askedIssuer } from '../../../../gateway/edge/revocation/ocsp/asked-issuer.ts'
import { checkResponse } from '../../../../gateway/edge/revocation/ocsp/check-response.ts'
import { makeRequest } from '../../../../gateway/edge/revocation/ocsp/make-request.ts'
import { readCrls } from '../../../../gateway/edge/revocation/read-crls.ts'
import { privateKeyPem } from '../../../../gateway/pki/keys.ts'
import type { Authority } from '../../../../gateway/pki/sign-certificate.ts'
import { makeDelegate } from '../../../support/revocation/delegate.ts'
import { chain, days, key, leaf } from '../../pki/world.ts'
import { spki } from './world.ts'

/** OpenSSL as the other side: it reads our requests, and we read what it makes. */
describe('with OpenSSL', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lienthong-openssl-'))
  const path = (name: string): string => join(directory, name)
  const openssl = (...words: readonly string[]): string =>
    execFileSync('openssl', words, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  let issuing: Authority
  let serial: string
  beforeAll(async () => {
    ;({ issuing } = await chain('rsa', 'p256'))
    serial = new X509Certificate(await leaf(issuing, { key: key('p256', 2) })).serialNumber
    writeFileSync(path('issuing.crt'), issuing.certificate)
    writeFileSync(path('issuing.key'), privateKeyPem(issuing.key))
    writeFileSync(path('responder.key'), privateKeyPem(key('p256', 5)))
    const validity = { notBefore: days(-999), notAfter: days(999) }
    writeFileSync(path('responder.crt'), await makeDelegate({ issuer: issuing, key: key('p256', 5), ...validity }))
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  /** The database of `openssl ca`: one line a certificate. */
  const index = (status: 'V' | 'R'): void =>
    writeFileSync(
      path('index.txt'),
      `${status}\t360101000000Z\t${status === 'R' ? '260101000000Z,keyCompromise' : ''}\t${serial}\tunknown\t/CN=x\n`,
    )

  it.each([
    ['good', 'V', 'issuing', []],
    ['revoked', 'R', 'issuing', []],
    ['good', 'V', 'responder', []],
    ['revoked', 'R', 'responder', ['-resp_key_id']],
  ] as const)('OCSP says %s (%s), signed by the %s', (status, line, signer, more) => {
    index(line)
    const nonce = Buffer.alloc(32, 9)
    const issuer = askedIssuer(issuing.certificate)
    writeFileSync(path('request.der'), makeRequest(issuer, serial, nonce))
    openssl(
      ...['ocsp', '-index', 'index.txt', '-CA', 'issuing.crt', '-rsigner', `${signer}.crt`, '-rkey', `${signer}.key`],
      ...['-reqin', 'request.der', '-respout', 'response.der', '-nmin', '10', ...more],
    )
    const at = instantOfMillis(Date.now())
    const question = { issuer, serial, nonce, at, responderStatus: () => 'unknown' as const }
    expect(checkResponse(readFileSync(path('response.der')), question)).toMatchObject({ ok: true, value: { status } })
    expect(checkResponse(readFileSync(path('response.der')), { ...question, nonce: Buffer.alloc(32, 8) }).ok).toBe(
      false,
    )
  })

  it('a list that it signs is read', () => {
    index('R')
    writeFileSync(path('number'), '0A\n')
    writeFileSync(
      path('ca.cnf'),
      '[ca]\ndefault_ca = d\n[d]\ndatabase = index.txt\ncrlnumber = number\ndefault_md = sha384\ndefault_crl_days = 3\ncrl_extensions = e\n[e]\nauthorityKeyIdentifier = keyid\n',
    )
    const files = ['-keyfile', 'issuing.key', '-cert', 'issuing.crt', '-out', 'list.pem']
    openssl('ca', '-gencrl', '-config', 'ca.cnf', ...files)
    const [reading] = readCrls(readFileSync(path('list.pem')), [spki(issuing)])
    expect(reading).toMatchObject({ ok: true, value: { number: 10n, serials: { count: 1 } } })
  })
})
