import { constants } from 'node:crypto'
import type { SecureContextOptions, TlsOptions } from 'node:tls'

/** PEM texts. */
export interface TlsMaterial {
  readonly key: string
  /** Leaf first, then the intermediates. */
  readonly certificate: string
  /** Registered issuers and those above them. */
  readonly trust: readonly string[]
}

export type TlsVersion = 'TLSv1.3' | 'TLSv1.2'

/** What operators may choose; minted by read-tls-rules.ts, which lets nothing weak through. */
export interface TlsRules {
  readonly minVersion: TlsVersion
  /** Key exchange, as the runtime's OpenSSL takes it. */
  readonly groups: string
  /** Of handshakes and of certificates, in OpenSSL's notation. */
  readonly signatureAlgorithms: string
}

/** SP 800-52r2 sections 3.3.1.1 and 3.3.1.2: only AEAD, in TLS 1.2 only with ephemeral ECDH, so with forward secrecy. */
const TLS13_CIPHERS = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256']
const TLS12_CIPHERS = ['AES256-GCM-SHA384', 'CHACHA20-POLY1305', 'AES128-GCM-SHA256'].flatMap(cipher => [
  `ECDHE-ECDSA-${cipher}`,
  `ECDHE-RSA-${cipher}`,
])
/** Keys and digests of at least 112 bits: without it Node 20 would authorise RSA-1024. */
const CIPHERS = `${[...TLS13_CIPHERS, ...TLS12_CIPHERS].join(':')}:@SECLEVEL=2`

/**
 * No ticket that a session could be resumed from without us: a resumed session passes even after its certificate expired. TLS 1.3
 * still sends tickets that name a session; they lead nowhere, because no session is kept. No renegotiation in TLS 1.2: behind the
 * gate nobody would judge the certificate of a second handshake. Compression is off in OpenSSL 3.
 */
const OPTIONS = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION

/** What both sides of the gateway agree on. */
export function tlsPolicy(material: TlsMaterial, rules: TlsRules): SecureContextOptions {
  return {
    key: material.key,
    cert: material.certificate,
    ca: [...material.trust],
    minVersion: rules.minVersion,
    ciphers: CIPHERS,
    ecdhCurve: rules.groups,
    sigalgs: rules.signatureAlgorithms,
    secureOptions: OPTIONS,
  }
}

/** The same for a server. A client that offers other protocols and not HTTP/1.1 is refused in the handshake (RFC 7301 section 3.2). */
export const serverTls = (material: TlsMaterial, rules: TlsRules): TlsOptions => ({
  ...tlsPolicy(material, rules),
  ALPNProtocols: ['http/1.1'],
  honorCipherOrder: true,
  sessionIdContext: 'lienthong-exchange',
})
