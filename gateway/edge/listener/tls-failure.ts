import type { PeerCertificate as TlsPeerCertificate, TLSSocket } from 'node:tls'
import { type Instant, secondOf } from '../../domain/instant.ts'
import type { Count } from '../../record/counted-record.ts'

/** SHA-256 of the certificate that was presented, as records write it; null without one. */
export function fingerprintOf(socket: TLSSocket): string | null {
  const { fingerprint256 } = socket.getPeerCertificate() as Partial<TlsPeerCertificate>
  return fingerprint256?.replaceAll(':', '').toLowerCase() ?? null
}

/** One connection that came to nothing, to be counted. */
export function tlsFailure(
  problem: Count['problem'],
  detail: string | null,
  source: string,
  at: Instant,
  certificate: string | null,
): Count {
  return {
    kind: 'tls-failure',
    consumer: null,
    problem,
    source,
    second: secondOf(at),
    times: 1,
    certificate,
    detail,
  }
}
