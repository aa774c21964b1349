import { constants } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'

/** PEM texts. */
export interface TlsMaterial {
  readonly key: string
  /** Leaf first, then the intermediates. */
  readonly certificate: string
  /** Registered issuers and those above them. */
  readonly trust: readonly string[]
}

/** SP 800-52r2: TLS 1.3; keys and digests of at least 112 bits (Node 20 would authorise RSA-1024 without SECLEVEL=2). */
const CIPHERS = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:DEFAULT@SECLEVEL=2'

/** What both sides of the gateway agree on. */
export function tlsPolicy(material: TlsMaterial): SecureContextOptions {
  return {
    key: material.key,
    cert: material.certificate,
    ca: [...material.trust],
    minVersion: 'TLSv1.3',
    ciphers: CIPHERS,
    // A resumed session passes even after its certificate expired: so no tickets and no session ids.
    secureOptions: constants.SSL_OP_NO_TICKET,
  }
}

export const serverTls = (material: TlsMaterial): SecureContextOptions => ({
  ...tlsPolicy(material),
  sessionIdContext: 'lienthong-exchange',
})
