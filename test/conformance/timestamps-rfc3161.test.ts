import { beforeAll, describe, expect, it } from '@jest/globals'
import { createHash, type KeyObject, X509Certificate } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeKey, privateKeyPem } from '../../gateway/pki/keys.ts'
import { makeAuthority } from '../../gateway/pki/make-authority.ts'
import type { Authority } from '../../gateway/pki/sign-certificate.ts'
import { issueStampingCertificate } from '../../gateway/pki/timestamp-authority.ts'
import { itemsOf, readDer, wholeOf } from '../../gateway/pki/timestamp-der.ts'
import { makeStampRefusal, makeStampResponse, readStampRequest } from '../../gateway/pki/timestamp-issue.ts'
import { makeStampRequest } from '../../gateway/pki/timestamp-request.ts'
import { verifyStamp, verifyStampResponse } from '../../gateway/pki/timestamp-verify.ts'

/** OpenSSL knows the time stamps of RFC 3161 by itself: it is the other side here, in both directions. */

const AT = new Date()
const days = (count: number): Date => new Date(AT.getTime() + count * 86_400_000)
const DATA = Buffer.from('lienthong/control\n17\nq80=\n\n— lienthong/control xyz\n')
const REQUEST = { digest: createHash('sha256').update(DATA).digest(), nonce: 'c0ffee00c0ffee01' }
const OTHER = { ...REQUEST, digest: createHash('sha256').update('other').digest() }

interface Stamper {
  readonly root: Authority
  readonly certificate: string
  readonly key: KeyObject
}

async function stamper(key: KeyObject, options: object = {}, rootDates = {}): Promise<Stamper> {
  const subject = { commonName: 'Root', organization: 'Test' }
  const dates = { notBefore: days(-10), notAfter: days(10) }
  const root = await makeAuthority({ subject, key: makeKey(), issuer: null, ...dates, ...rootDates })
  const certificate = await issueStampingCertificate(root, { commonName: 'Stamps', key, ...dates, ...options })
  return { root, certificate, key }
}

const stamp = ({ certificate, key }: Stamper, request = REQUEST, at = AT): Buffer =>
  makeStampResponse(request, { certificate, key, at, serial: '0a01' })

/** Runs `openssl` over files of its own; `work` sees their folder. */
function withOpenssl<T>(
  files: Record<string, string | Uint8Array>,
  work: (run: (args: string) => string, folder: string) => T,
): T {
  const folder = mkdtempSync(join(tmpdir(), 'lienthong-stamp-'))
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
    return work(
      args =>
        execFileSync('openssl', args.split(' '), { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
      folder,
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const CONFIGURATION = `
[tsa]
default_tsa = own
[own]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_chain = no
`

/** What `openssl ts -reply` answers to our request. */
const opensslReply = ({ root, certificate, key }: Stamper, extra = ''): Buffer =>
  withOpenssl(
    {
      'request.tsq': makeStampRequest(REQUEST),
      'signer.crt': certificate,
      'signer.key': privateKeyPem(key),
      'root.crt': root.certificate,
      serial: '01\n',
      'ts.cnf': CONFIGURATION + extra,
    },
    (run, folder) => {
      run(
        'ts -reply -queryfile request.tsq -out answer.tsr -config ts.cnf -section own -signer signer.crt -inkey signer.key',
      )
      return readFileSync(join(folder, 'answer.tsr'))
    },
  )

let ec: Stamper
let rsa: Stamper
beforeAll(async () => {
  ec = await stamper(makeKey())
  rsa = await stamper(makeKey('rsa'))
})

describe('a request of ours', () => {
  it('says to openssl what it means', () => {
    const text = withOpenssl({ 'request.tsq': makeStampRequest(REQUEST) }, run =>
      run('ts -query -in request.tsq -text'),
    )
    expect(text).toContain('Hash Algorithm: sha256')
    expect(text).toContain('Nonce: 0xC0FFEE00C0FFEE01')
    expect(text).toContain('Certificate required: yes')
  })

  it('is read back', () => {
    const read = readStampRequest(makeStampRequest(REQUEST))
    expect(read.ok && { ...read.value }).toEqual(REQUEST)
    expect(readStampRequest(Buffer.from('3003020101', 'hex'))).toEqual({ ok: false, error: 'badDataFormat' })
    expect(readStampRequest(Buffer.alloc(5_000)).ok).toBe(false)
  })
})

describe('a stamp of openssl', () => {
  it.each([
    ['P-256', () => ec, ''],
    ['RSA', () => rsa, ''],
    ['RSA, certificate named by SHA-1 (RFC 3161)', () => rsa, 'ess_cert_id_alg = sha1\n'],
    [
      'with accuracy, ordering and name of the authority',
      () => ec,
      'accuracy = secs:1, millisecs:500\nordering = yes\ntsa_name = yes\n',
    ],
  ])('is verified by ours: %s', (_name, who, extra) => {
    const answer = opensslReply(who(), extra)
    const verified = verifyStampResponse(answer, REQUEST, [who().root.certificate])
    if (!verified.ok) throw new Error(verified.error)
    expect(verified.value).toMatchObject({ nonce: REQUEST.nonce, policy: '1.2.3.4.1', serial: '2' })
    expect(Math.abs(verified.value.genTime / 1000 - Date.now())).toBeLessThan(60_000)
    expect(verifyStamp(verified.value.token, REQUEST.digest, [who().root.certificate]).ok).toBe(true)
  })
})

describe('a stamp of the development authority', () => {
  it.each([
    ['P-256', () => ec],
    ['RSA', () => rsa],
  ])('is verified by openssl and by ours: %s', (_name, who) => {
    const answer = stamp(who())
    const verified = verifyStampResponse(answer, REQUEST, [who().root.certificate])
    if (!verified.ok) throw new Error(verified.error)
    const files = { answer, token: verified.value.token, checkpoint: DATA, ca: who().root.certificate }
    expect(withOpenssl(files, run => run('ts -verify -data checkpoint -in answer -CAfile ca'))).toContain('OK')
    expect(withOpenssl(files, run => run('ts -verify -data checkpoint -in token -token_in -CAfile ca'))).toContain('OK')
  })

  it('refuses another hash and what is no request, in the words of the protocol', () => {
    const text = withOpenssl({ answer: makeStampRefusal('badAlg') }, run => run('ts -reply -in answer -text'))
    expect(text).toContain('Status: Rejected.')
    expect(text).toContain('unrecognized or unsupported algorithm identifier')
  })
})

/** Each refused with its reason; what each changes is all that is wrong with it. */
const REFUSED: readonly (readonly [
  what: string,
  why: RegExp,
  answer: () => Promise<Buffer> | Buffer,
  roots?: () => Promise<string[]>,
])[] = [
  ['another imprint', /something else/, () => stamp(ec, OTHER)],
  ['another nonce', /nonce differs/, () => stamp(ec, { ...REQUEST, nonce: '0badcafe' })],
  ['no nonce', /nonce differs/, () => stamp(ec, { ...REQUEST, nonce: null as unknown as string })],
  ['a refusal', /PKIStatus 2/, () => makeStampRefusal('badAlg')],
  ['another root', /does not lead/, () => stamp(ec), async () => [rsa.root.certificate]],
  ['no root at all', /does not lead/, () => stamp(ec), async () => []],
  ['a certificate for TLS servers', /time stamps alone/, async () => stampOf({ purposes: ['1.3.6.1.5.5.7.3.1'] })],
  [
    'a certificate for stamps and more',
    /time stamps alone/,
    async () => stampOf({ purposes: ['1.3.6.1.5.5.7.3.8', '1.3.6.1.5.5.7.3.1'] }),
  ],
  ['a certificate whose purpose is not critical', /time stamps alone/, async () => stampOf({ isCritical: false })],
  ['an expired certificate', /not valid at that time/, async () => stampOf({ notAfter: days(-1) })],
  ['a certificate that is not valid yet', /not valid at that time/, async () => stampOf({ notBefore: days(1) })],
  ['an authority that has expired', /not valid at that time/, async () => stampOf({}, { notAfter: days(-1) })],
]

/** A stamp by an authority of its own, whose root is then the registered one. */
let ownRoot: string | null = null
async function stampOf(options: object, rootDates: object = {}): Promise<Buffer> {
  const own = await stamper(makeKey(), options, rootDates)
  ownRoot = own.root.certificate
  return stamp(own)
}

describe('a stamp is refused', () => {
  it.each(REFUSED)('%s', async (_what, why, answer, roots: (() => Promise<string[]>) | undefined = undefined) => {
    ownRoot = null
    const bytes = await answer()
    const registered = roots ? await roots() : [ownRoot ?? ec.root.certificate]
    const verified = verifyStampResponse(bytes, REQUEST, registered)
    expect(verified.ok ? 'accepted' : verified.error).toMatch(why)
  })

  it('an intermediate that only came with it is no link', async () => {
    // The signer's issuer is below the registered root, but is itself not registered.
    const middle = await makeAuthority({
      subject: { commonName: 'Middle', organization: 'Test' },
      key: makeKey(),
      issuer: ec.root,
      notBefore: days(-1),
      notAfter: days(1),
    })
    const key = makeKey()
    const certificate = await issueStampingCertificate(middle, {
      commonName: 'S',
      key,
      notBefore: days(-1),
      notAfter: days(1),
    })
    const answer = stamp({ root: middle, certificate, key })
    expect(verifyStampResponse(answer, REQUEST, [ec.root.certificate]).ok).toBe(false)
    expect(verifyStampResponse(answer, REQUEST, [middle.certificate, ec.root.certificate]).ok).toBe(true)
  })

  it('a certificate that bears the name of the authority, and that somebody else signed', async () => {
    const key = makeKey()
    const dates = { notBefore: days(-1), notAfter: days(1) }
    const forger = { certificate: ec.root.certificate, key: makeKey() }
    const certificate = await issueStampingCertificate(forger, { commonName: 'Stamps', key, ...dates })
    const verified = verifyStampResponse(stamp({ root: ec.root, certificate, key }), REQUEST, [ec.root.certificate])
    expect(verified).toEqual({ ok: false, error: 'its certificate does not lead to a registered authority' })
  })

  it('a wrong signature, and nothing else wrong', () => {
    const answer = stamp(ec)
    // Its value stands last.
    for (const fromEnd of [1, 20, 40]) {
      const changed = Buffer.from(answer)
      changed[changed.length - fromEnd] = (changed[changed.length - fromEnd] ?? 0) ^ 1
      const verified = verifyStampResponse(changed, REQUEST, [ec.root.certificate])
      expect(verified).toEqual({ ok: false, error: 'its signature is wrong' })
    }
  })

  it('another certificate of the same key in the place of the one that it names', async () => {
    const { raw } = new X509Certificate(ec.certificate)
    const dates = { notBefore: days(-10), notAfter: days(10) }
    let other = raw
    // ECDSA signatures differ in length.
    while (other.equals(raw) || other.length !== raw.length) {
      const again = await issueStampingCertificate(ec.root, { commonName: 'Stamps', key: ec.key, ...dates })
      other = new X509Certificate(again).raw
    }
    const answer = stamp(ec)
    const at = answer.indexOf(raw)
    const changed = Buffer.concat([answer.subarray(0, at), other, answer.subarray(at + raw.length)])
    const verified = verifyStampResponse(changed, REQUEST, [ec.root.certificate])
    expect(verified).toEqual({ ok: false, error: 'the certificate that it names is not in it' })
  })

  it('cut short anywhere, or with bytes behind it', () => {
    const answer = stamp(ec)
    for (let length = 0; length < answer.length; length += 7)
      expect(verifyStampResponse(answer.subarray(0, length), REQUEST, [ec.root.certificate]).ok).toBe(false)
    expect(verifyStampResponse(Buffer.concat([answer, Buffer.of(0)]), REQUEST, [ec.root.certificate]).ok).toBe(false)
    expect(verifyStampResponse(Buffer.alloc(100_000), REQUEST, [ec.root.certificate]).ok).toBe(false)
  })

  it('with any bit of its token changed, unless no signature covers it', () => {
    const answer = stamp(ec)
    const token = wholeOf(itemsOf(readDer(answer))[1] as never)
    const roots = [ec.root.certificate]
    expect(verifyStamp(token, REQUEST.digest, roots).ok).toBe(true)
    const survivors: number[] = []
    for (let at = 0; at < token.length; at += 5) {
      const changed = Buffer.from(token)
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
      const verified = verifyStamp(changed, REQUEST.digest, roots)
      if (verified.ok) survivors.push(at)
    }
    // CMS leaves version numbers, the outer digest list and the name of the signer unsigned: nothing that is said there is believed.
    expect(survivors.length).toBeLessThan(token.length / 25)
    for (const at of survivors) {
      const changed = Buffer.from(token)
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
      const [was, is] = [token, changed].map(bytes => verifyStamp(bytes, REQUEST.digest, roots))
      expect(is).toEqual(was)
    }
  })
})
