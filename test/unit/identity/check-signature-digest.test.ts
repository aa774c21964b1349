import { describe, expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasWeakDigest } from '../../../gateway/identity/check-signature-digest.ts'

/** A certificate that signed itself, made by openssl. */
function selfSigned(...flags: string[]): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'lienthong-digest-'))
  try {
    const certificate = join(directory, 'c.pem')
    const words = [
      'req',
      '-x509',
      '-nodes',
      '-subj',
      '/CN=test',
      '-keyout',
      join(directory, 'k.pem'),
      '-out',
      certificate,
    ]
    execFileSync('openssl', [...words, ...flags], { stdio: 'ignore' })
    return new X509Certificate(readFileSync(certificate)).raw
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
const RSA = ['-newkey', 'rsa:2048']

describe('the digest of a signature', () => {
  it.each([
    ['SHA-1 with ECDSA', [...EC, '-sha1'], true],
    ['SHA-1 with RSA', [...RSA, '-sha1'], true],
    ['MD5 with RSA', [...RSA, '-md5'], true],
    ['SHA-256 with ECDSA', [...EC, '-sha256'], false],
    ['SHA-384 with RSA', [...RSA, '-sha384'], false],
    ['Ed25519', ['-newkey', 'ed25519'], false],
  ])('%s: weak is %s', (_what, flags, weak) => {
    const der = selfSigned(...flags)
    expect(hasWeakDigest(der)).toBe(weak)
    // Cut anywhere, it is no certificate, and never an exception.
    for (let length = 0; length < der.length; length += 7) hasWeakDigest(der.subarray(0, length))
  })

  it.each([
    ['nothing', ''],
    ['an endless length', '3080'],
    ['a length of four bytes', '308400000001'],
    ['a length beyond the end', '3082ffff'],
    ['no sequence inside', '30023000'],
    ['another type where the algorithm stands', '30083000020400000000'],
  ])('%s is none', (_what, hex) => expect(hasWeakDigest(Buffer.from(hex, 'hex'))).toBe(false))
})
