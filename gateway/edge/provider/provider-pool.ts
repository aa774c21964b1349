import type { PeerCertificate as TlsPeerCertificate, DetailedPeerCertificate } from 'node:tls'
import { Pool } from 'undici'
import type { System } from '../../configuration/objects.ts'
import type { Instant } from '../../domain/instant.ts'
import type { SystemId } from '../../domain/system-id.ts'
import { identify, type Registry, type Revocations } from '../../identity/identify.ts'
import { readPeerCertificate } from '../../identity/peer-certificate.ts'
import { chainOf } from '../listener/judge-peer.ts'
import { type TlsMaterial, tlsPolicy } from '../listener/tls-policy.ts'

/** Connections to one provider. More gain nothing (BASELINES.md); each slow answer holds one. */
const CONNECTIONS = 64
const CONNECT_MILLIS = 5_000

/** What a provider is checked against while it connects: read anew for each connection. */
export interface Trust {
  readonly registry: Registry
  readonly revocations: Revocations
  readonly at: Instant
}

/** Code of an error that means: somebody answered, but not the provider's bound key. */
export const IDENTITY_ERROR = 'ERR_PROVIDER_IDENTITY'

/**
 * Connections to one provider over mutual TLS. OpenSSL checks the chain, its purpose (serverAuth) and dates; we check that the key
 * is bound to this very system, that its SAN agrees and that its issuer may name it.
 */
export function providerPool(provider: System, tls: TlsMaterial, trust: () => Trust | null): Pool {
  if (provider.endpoint === null)
    throw new TypeError(`a cross-checked configuration has an endpoint for ${provider.id}`)
  return new Pool(provider.endpoint, {
    connections: CONNECTIONS,
    pipelining: 1,
    allowH2: false,
    connect: {
      ...tlsPolicy(tls),
      timeout: CONNECT_MILLIS,
      rejectUnauthorized: true,
      // A resumed session would skip the checks below.
      maxCachedSessions: 0,
      checkServerIdentity: (_host: string, certificate: TlsPeerCertificate) =>
        checkProvider(certificate as DetailedPeerCertificate, provider.id, trust()),
    },
  })
}

function checkProvider(
  certificate: DetailedPeerCertificate,
  expected: SystemId,
  trust: Trust | null,
): Error | undefined {
  const refuse = (why: string): Error =>
    Object.assign(new Error(`provider ${expected}: ${why}`), { code: IDENTITY_ERROR })
  if (trust === null) return refuse('no snapshot')
  const peer = readPeerCertificate(chainOf(certificate))
  if (!peer.ok) return refuse(peer.error)
  const identity = identify(peer.value, trust.registry, trust.revocations, trust.at)
  if (!identity.ok) return refuse(identity.error)
  return identity.value.id === expected ? undefined : refuse(`answered as ${identity.value.id}`)
}
