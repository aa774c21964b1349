import { createHash } from 'node:crypto'
import type { Brand } from './brand.ts'
import { err, ok, type Result } from './result.ts'

/** SHA-256 of a DER SubjectPublicKeyInfo, 64 lower-case hex digits. The identity of a system, officer or issuer. */
export type Binding = Brand<string, 'Binding'>

export function parseBinding(text: string): Result<Binding> {
  return /^[0-9a-f]{64}$/.test(text)
    ? ok(text as Binding)
    : err('a binding is the SHA-256 of a public key: 64 lower-case hex digits')
}

/** The binding of a key, from its DER SubjectPublicKeyInfo (RFC 5280 section 4.1). */
export const bindingOf = (spki: Uint8Array): Binding => createHash('sha256').update(spki).digest('hex') as Binding
