import { createPublicKey } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { err, ok, type Result } from '../../domain/result.ts'
import type { TlsVersion } from './tls-policy.ts'

/** RFC 9794, draft-ietf-tls-ecdhe-mlkem: an elliptic curve together with ML-KEM (FIPS 203), as strong as the stronger of both. */
const HYBRID_GROUPS = ['X25519MLKEM768', 'SecP256r1MLKEM768', 'SecP384r1MLKEM1024']
/** SP 800-186, RFC 7748. */
const CLASSIC_GROUPS = ['X25519', 'P-256', 'P-384', 'P-521', 'X448']
const GROUPS = [...HYBRID_GROUPS, ...CLASSIC_GROUPS]

const DEFAULT_HYBRID = 'X25519MLKEM768'
const DEFAULT_CLASSIC = ['X25519', 'P-256', 'P-384']

/**
 * Those of the keys that may be registered (P-256, P-384, Ed25519, RSA). PKCS #1 signatures are for certificates and TLS 1.2; TLS 1.3
 * does not take them for a handshake (RFC 8446 section 4.2.3). Nothing with SHA-1.
 */
const SIGNATURE_ALGORITHMS = [
  'ecdsa_secp256r1_sha256',
  'ecdsa_secp384r1_sha384',
  'ed25519',
  'rsa_pss_rsae_sha256',
  'rsa_pss_rsae_sha384',
  'rsa_pss_rsae_sha512',
  'rsa_pss_pss_sha256',
  'rsa_pss_pss_sha384',
  'rsa_pss_pss_sha512',
  'rsa_pkcs1_sha256',
  'rsa_pkcs1_sha384',
  'rsa_pkcs1_sha512',
]

/** `1.3`, or `1.2` where a party cannot do better. */
export function readTlsVersion(text = '1.3'): Result<TlsVersion> {
  if (text === '1.3') return ok('TLSv1.3')
  return text === '1.2' ? ok('TLSv1.2') : err('1.3 or 1.2')
}

/** Groups in order of preference, separated by colons. Unset: the hybrid one first, where this runtime has it. */
export function readTlsGroups(text: string | undefined): Result<string> {
  if (text === undefined) {
    const hybrid = forOpenSsl([DEFAULT_HYBRID, ...DEFAULT_CLASSIC])
    return ok(isTaken({ ecdhCurve: hybrid }) ? hybrid : forOpenSsl(DEFAULT_CLASSIC))
  }
  const groups = listed(text, GROUPS)
  if (!groups.ok) return groups
  const missing = groups.value.find(group => !isTaken({ ecdhCurve: group }))
  if (missing !== undefined) return err(`${missing} is not in OpenSSL ${process.versions.openssl} of this runtime`)
  return ok(forOpenSsl(groups.value))
}

/** Signature algorithms by their names in RFC 8446 section 4.2.3, separated by colons. Unset: all that may be named. */
export function readSignatureAlgorithms(text: string | undefined): Result<string> {
  if (text === undefined) return ok(SIGNATURE_ALGORITHMS.join(':'))
  const algorithms = listed(text, SIGNATURE_ALGORITHMS)
  return algorithms.ok ? ok(algorithms.value.join(':')) : algorithms
}

/**
 * OpenSSL from 3.5 on (the first with hybrid groups) takes any key share that the client has sent, whatever else both could do.
 * `/` says that what stands before it is worth asking for, `*` which key shares we send as a client: one of each kind, so that
 * neither kind of provider needs a second round trip.
 */
function forOpenSsl(groups: readonly string[]): string {
  if (!groups.some(isHybrid)) return groups.join(':')
  return groups
    .map((group, at) => {
      const before = groups[at - 1]
      if (before === undefined) return `*${group}`
      if (isHybrid(before) === isHybrid(group)) return `:${group}`
      const isFirstOfKind = !groups.slice(0, at).some(other => isHybrid(other) === isHybrid(group))
      return isFirstOfKind ? `/*${group}` : `/${group}`
    })
    .join('')
}

const isHybrid = (group: string): boolean => HYBRID_GROUPS.includes(group)

function listed(text: string, known: readonly string[]): Result<readonly string[]> {
  const names = text.split(':')
  const odd = names.find(name => !known.includes(name))
  if (odd !== undefined) return err(`${JSON.stringify(odd)} is none of ${known.join(', ')}; separate names by colons`)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  return twice === undefined ? ok(names) : err(`${twice} comes twice`)
}

function isTaken(options: { readonly ecdhCurve: string }): boolean {
  try {
    createSecureContext(options)
    return true
  } catch {
    takeStaleError()
    return false
  }
}

/** Node 20 leaves OpenSSL's error behind, and the next key that is read fails with it although nothing is wrong with that key. */
function takeStaleError(): void {
  try {
    createPublicKey('')
  } catch {
    // It took the error with it.
  }
}
