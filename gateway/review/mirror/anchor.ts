import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { CONTROL_LANE } from '../../domain/gateway-id.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { originOf } from '../../log/checkpoint.ts'
import { formatVerifierKey, parseVerifierKey, rawPublicKey } from '../../log/note-key.ts'

/** A key of the control lane that came to a reader from outside: on paper, in a file. All else is trusted through it. */
export interface Anchor {
  /** Whether it is this key. */
  is(key: KeyObject): boolean
  /** As it was given, for people. */
  readonly text: string
}

/** SHA-256 of the public key (SPKI), hex. */
export const fingerprintOf = (key: KeyObject): string =>
  createHash('sha256')
    .update((key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' }))
    .digest('hex')

/** `3F2A 91C4 …`: sixteen groups of four, to be read aloud and compared with paper. */
export const grouped = (fingerprint: string): string => (fingerprint.toUpperCase().match(/.{4}/g) ?? []).join(' ')

/** The control lane's key as verifiers of notes take it: `lienthong/control+…`. */
export const controlVerifierKey = (key: KeyObject): string =>
  formatVerifierKey(originOf(CONTROL_LANE), rawPublicKey(key))

/** Reads an anchor: a verifier key, a PEM, or a fingerprint with or without spaces. */
export function parseAnchor(text: string): Result<Anchor> {
  const trimmed = text.trim()
  const digits = trimmed.replaceAll(/[\s:-]/g, '').toLowerCase()
  if (/^[0-9a-f]{64}$/.test(digits)) return ok({ is: key => fingerprintOf(key) === digits, text: grouped(digits) })
  if (trimmed.startsWith('-----BEGIN')) return anchorOfPem(trimmed)
  const verifier = parseVerifierKey(trimmed)
  if (!verifier.ok) return err('it is no verifier key (lienthong/control+…), PEM or fingerprint of 64 hex digits')
  if (verifier.value.name !== originOf(CONTROL_LANE)) return err(`it is the key of ${verifier.value.name}`)
  return ok({ is: key => verifier.value.key.equals(key), text: trimmed })
}

function anchorOfPem(pem: string): Result<Anchor> {
  try {
    const key = createPublicKey(pem)
    if (key.asymmetricKeyType !== 'ed25519') return err('a key of the control lane is Ed25519')
    return ok({ is: other => key.equals(other), text: controlVerifierKey(key) })
  } catch {
    return err('the PEM cannot be read')
  }
}
