import { describe, expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkRequest } from '../../../gateway/pki/check-request.ts'
import { type Der, fromDer, sequence, toDer } from '../../../gateway/pki/der.ts'
import { bindingOfKey, type KeyType } from '../../../gateway/pki/keys.ts'
import { makeRequest } from '../../../gateway/pki/make-request.ts'
import { pemOf } from '../../../gateway/pki/pem.ts'
import { readRequest } from '../../../gateway/pki/read-request.ts'
import { openssl } from './openssl.ts'
import { key } from './world.ts'

const URI = 'urn:lienthong:system:G99.21/records'
const subject = { commonName: 'G99.21/records', organization: 'Cục Lưu trữ' }

/** A request by openssl: `-newkey` words, further options, names. */
function opensslRequest(newKey: string, options = '', names: string | null = `URI:${URI}`): string {
  const folder = mkdtempSync(join(tmpdir(), 'lienthong-request-'))
  try {
    const out = join(folder, 'it.csr')
    const extension = names === null ? [] : ['-addext', `subjectAltName=${names}`]
    execFileSync(
      'openssl',
      ['req', '-new', '-nodes', '-subj', '/CN=G99.21\\/records', '-keyout', join(folder, 'it.key'), '-out', out].concat(
        `-newkey ${newKey} ${options}`.trim().split(' '),
        extension,
      ),
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    return readFileSync(out, 'utf8')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const derOf = (pem: string): Buffer => Buffer.from(pem.replace(/-----[A-Z ]+-----/g, ''), 'base64')
const changed = (pem: string, at: (der: Buffer) => number): string => {
  const der = derOf(pem)
  const place = at(der)
  der[place] = (der[place] ?? 0) ^ 1
  return pemOf('CERTIFICATE REQUEST', der)
}
const reasonOf = (pem: string): string => {
  const read = readRequest(pem)
  return read.ok ? 'accepted' : read.error
}

describe('a request of ours', () => {
  it.each(['p256', 'p384', 'ed25519', 'rsa'] as KeyType[])('with a %s key satisfies openssl and is read back', type => {
    const names = {
      uris: [URI],
      dnsNames: ['records.example'],
      ips: ['10.0.0.1', '::1'],
      usages: ['clientAuth'] as const,
    }
    const pem = makeRequest(key(type), { ...names, subject })
    const text = openssl('req -in {csr} -noout -verify -text -nameopt utf8', { csr: pem })
    // OpenSSL's versions differ in the spaces.
    expect(text).toMatch(/O ?= ?Cục Lưu trữ, CN ?= ?G99.21\/records/)
    expect(text).toContain(`URI:${URI}, DNS:records.example, IP Address:10.0.0.1`)
    const read = readRequest(pem)
    if (!read.ok) throw new Error(read.error)
    expect(bindingOfKey(read.value.key)).toBe(bindingOfKey(key(type)))
    expect(read.value).toMatchObject({ commonName: 'G99.21/records', uris: [URI], dnsNames: ['records.example'] })
    expect(read.value.ips.length).toBe(2)
  })
})

describe('a request of somebody else', () => {
  it.each([
    // What openssl makes of each kind that is accepted, with each digest.
    ['rsa:2048', '-sha256'],
    ['rsa:3072', '-sha512'],
    ['ec -pkeyopt ec_paramgen_curve:P-256', '-sha256'],
    ['ec -pkeyopt ec_paramgen_curve:P-384', '-sha384'],
    ['ed25519', ''],
  ])('%s %s is accepted', (newKey, options) => {
    expect(reasonOf(opensslRequest(newKey, options))).toBe('accepted')
  })

  it('may say NEW CERTIFICATE REQUEST, as old tools do, and may name nothing', () => {
    expect(reasonOf(opensslRequest('ed25519', '-newhdr'))).toBe('accepted')
    expect(reasonOf(opensslRequest('ed25519', '', null))).toBe('accepted')
  })

  it.each([
    // Weak keys and keys of other kinds.
    ['rsa:1024', '', '1024 bits'],
    ['rsa:2048 -pkeyopt rsa_keygen_pubexp:3', '', 'exponent 3'],
    ['ec -pkeyopt ec_paramgen_curve:P-521', '', 'secp521r1'],
    ['ec -pkeyopt ec_paramgen_curve:secp256k1', '', 'secp256k1'],
    ['ed448', '', 'ed448'],
    // Weak digests, and an algorithm that is not known.
    ['rsa:2048', '-md5', 'MD5'],
    ['rsa:2048', '-sha1', 'SHA-1'],
    ['ec -pkeyopt ec_paramgen_curve:P-256', '-sha1', 'SHA-1'],
    ['rsa:2048', '-sigopt rsa_padding_mode:pss', '1.2.840.113549.1.1.10'],
  ])('%s %s is refused: %s', (newKey, options, reason) => {
    expect(reasonOf(opensslRequest(newKey, options))).toContain(reason)
  })

  it.each([
    ['email', `URI:${URI},email:a@b.example`],
    ['dn', `URI:${URI},RID:1.2.3`],
  ])('with a name of another kind (%s) is refused', (_what, names) => {
    expect(reasonOf(opensslRequest('ed25519', '', names))).toContain('name of the kind')
  })

  it.each(['p256', 'rsa', 'ed25519'] as KeyType[])('without proof of possession is refused (%s)', type => {
    const pem = makeRequest(key(type), { subject, uris: [URI], dnsNames: [], ips: [], usages: [] })
    const nameAt = (der: Buffer): number => der.indexOf('G99.21/records') + 5
    expect(reasonOf(changed(pem, nameAt))).toContain('not by its key')
    // The signature itself, in its middle.
    expect(reasonOf(changed(pem, der => der.length - 20))).toMatch(/not by its key|cannot be read/)
  })

  it('of one key signed by another is refused', () => {
    const parts = [key('p256'), key('p256', 1)].map(
      each =>
        fromDer(derOf(makeRequest(each, { subject, uris: [URI], dnsNames: [], ips: [], usages: [] }))).value as Der[],
    ) as [[Der, Der, Der], [Der, Der, Der]]
    const mixed = toDer(sequence(parts[1][0], parts[0][1], parts[0][2]))
    expect(reasonOf(pemOf('CERTIFICATE REQUEST', mixed))).toContain('not by its key')
  })

  const good = makeRequest(key('p256'), { subject, uris: [URI], dnsNames: [], ips: [], usages: [] })
  it.each([
    ['nothing', '', 'exactly one'],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'exactly one'],
    ['two requests', good + good, 'exactly one'],
    ['too much', good + ' '.repeat(70_000), 'too large'],
    ['no DER', pemOf('CERTIFICATE REQUEST', Buffer.from('hello')), 'cannot be read'],
    ['a cut one', pemOf('CERTIFICATE REQUEST', derOf(good).subarray(0, 100)), 'cannot be read'],
    [
      'bytes behind it',
      pemOf('CERTIFICATE REQUEST', Buffer.concat([derOf(good), Buffer.from([5, 0])])),
      /follow|cannot/,
    ],
  ])('%s is refused', (_what, pem, reason) => {
    expect(reasonOf(pem)).toMatch(reason)
  })
})

describe('what is asked for', () => {
  const request = { key: key('p256'), commonName: null, uris: [], dnsNames: [], ips: [] }
  const wanted = { uri: URI, commonName: 'G99.21/records', dnsNames: ['a.example'], ips: ['::1'] }

  it.each([
    ['nothing: the operator says it all', {}],
    ['the same', { uris: [URI], dnsNames: ['A.example'], ips: ['0:0:0:0:0:0:0:1'], commonName: 'G99.21/records' }],
    ['a common name for people', { commonName: 'Máy chủ hồ sơ' }],
  ])('%s is fine', (_what, asked) => {
    expect(checkRequest({ ...request, ...asked }, wanted).ok).toBe(true)
  })

  it.each([
    ['another system', { uris: ['urn:lienthong:system:G99.22/logistics'] }, 'G99.22/logistics'],
    ['an officer', { uris: ['urn:lienthong:officer:security-1'] }, 'security-1'],
    ['this one and another', { uris: [URI, 'urn:lienthong:system:G99.22/logistics'] }, 'G99.22/logistics'],
    ['another in the common name', { commonName: 'G99.22/logistics' }, 'G99.22/logistics'],
    ['a host too many', { dnsNames: ['a.example', 'b.example'] }, 'b.example'],
    ['an address too many', { ips: ['10.0.0.1'] }, '10.0.0.1'],
  ])('%s is refused', (_what, asked, reason) => {
    const checked = checkRequest({ ...request, ...asked }, wanted)
    expect(checked.ok ? 'accepted' : checked.error).toContain(reason)
  })
})
