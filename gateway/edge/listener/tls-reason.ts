import type { TLSSocket } from 'node:tls'

/** Node's name for the verify errors that it has no name for: name constraints, weak keys and digests among them. */
export const UNNAMED = 'UNSPECIFIED'

/** What Node knows beyond its documented code: the text of OpenSSL's verify error, X509_verify_cert_error_string. */
interface Verifier {
  readonly ssl?: { verifyError?(): { readonly message?: string } | null }
}

/**
 * Why OpenSSL does not accept the certificate of a peer: Node's name for the verify error, and where it has none, OpenSSL's words.
 * From closed lists, never text of the peer. The words only explain: nothing is decided by them, so a Node without them is no harm.
 */
export function reasonOfVerify(socket: TLSSocket): string {
  // Node types this as an Error; it is the code as a string.
  const code = String(socket.authorizationError)
  if (code !== UNNAMED) return code
  // Node 24 appends advice behind a semicolon.
  const [words = ''] = ((socket as unknown as Verifier).ssl?.verifyError?.()?.message ?? '').split(';')
  return /^[A-Za-z0-9 ()'-]{1,80}$/.test(words) ? words : code
}

/** Why a handshake broke off: the code of OpenSSL's or the system's error. An alert of the client's names one from a closed list. */
export function reasonOfHandshake(error: NodeJS.ErrnoException): string | null {
  const { code = '' } = error
  return /^[A-Z][A-Z0-9_/]{0,63}$/.test(code) ? code : null
}
