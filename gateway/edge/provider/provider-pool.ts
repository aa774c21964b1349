import type { TLSSocket } from 'node:tls'
import { buildConnector, Pool } from 'undici'
import type { System } from '../../configuration/objects.ts'
import type { Instant } from '../../domain/instant.ts'
import type { SystemId } from '../../domain/system-id.ts'
import { identify, type Registry, type Revocations } from '../../identity/identify.ts'
import { type PeerCertificate, readPeerCertificate } from '../../identity/peer-certificate.ts'
import { chainOf } from '../listener/judge-peer.ts'
import { type TlsMaterial, tlsPolicy, type TlsRules } from '../listener/tls-policy.ts'
import { NotingClient } from './noting-client.ts'

/** Connections to one provider. More gain nothing (BASELINES.md); each slow answer holds one. */
const CONNECTIONS = 64
const CONNECT_MILLIS = 5_000

/** What a provider is checked against while it connects: read anew for each connection. */
export interface Trust {
  readonly registry: Registry
  readonly revocations: Revocations
  readonly at: Instant
  /** Told of each connection on which the provider showed its bound key; what it returns is called when that has closed. */
  readonly onProvider?: (provider: SystemId, peer: PeerCertificate) => () => void
}

/** Code of an error that means: somebody answered, but not the provider's bound key. */
export const IDENTITY_ERROR = 'ERR_PROVIDER_IDENTITY'

/**
 * Connections to one provider over mutual TLS. OpenSSL checks the chain, its purpose (serverAuth) and dates; we check that the key
 * is bound to this very system, that its SAN agrees and that its issuer may name it. `connected` holds what stands now.
 */
export function providerPool(
  provider: System,
  tls: TlsMaterial,
  rules: TlsRules,
  trust: () => Trust | null,
  connected: Map<TLSSocket, PeerCertificate>,
): Pool {
  if (provider.endpoint === null)
    throw new TypeError(`a cross-checked configuration has an endpoint for ${provider.id}`)
  const connect = buildConnector({
    ...tlsPolicy(tls, rules),
    timeout: CONNECT_MILLIS,
    rejectUnauthorized: true,
    // A resumed session would skip the checks below.
    maxCachedSessions: 0,
    // Names of hosts decide nothing: the key does, behind the handshake and before a byte of HTTP.
    checkServerIdentity: () => undefined,
  })
  return new Pool(provider.endpoint, {
    connections: CONNECTIONS,
    pipelining: 1,
    allowH2: false,
    factory: (origin, options) => new NotingClient(origin, options),
    connect: (to: buildConnector.Options, done: buildConnector.Callback) =>
      connect(to, (error, socket) => {
        if (error !== null) return done(error, null)
        void checkProvider(socket as TLSSocket, provider.id, trust, connected).then(refusal => {
          if (refusal === null) return done(null, socket)
          socket?.destroy()
          done(refusal, null)
        })
      }),
  })
}

/** Null: the provider itself; its socket is among the connected ones from then on. */
async function checkProvider(
  socket: TLSSocket,
  expected: SystemId,
  trust: () => Trust | null,
  connected: Map<TLSSocket, PeerCertificate>,
): Promise<Error | null> {
  const refuse = (why: string): Error =>
    Object.assign(new Error(`provider ${expected}: ${why}`), { code: IDENTITY_ERROR })
  const peer = readPeerCertificate(chainOf(socket.getPeerCertificate(true)))
  if (!peer.ok) return refuse(peer.error)
  const first = whyNotProvider(peer.value, expected, trust())
  const learning = first === 'revocation-unknown' ? (trust()?.revocations.learn?.(peer.value) ?? null) : null
  if (learning) await learning
  const wrong = learning ? whyNotProvider(peer.value, expected, trust()) : first
  if (wrong !== null) return refuse(wrong)
  connected.set(socket, peer.value)
  const onGone = trust()?.onProvider?.(expected, peer.value)
  socket.once('close', () => {
    connected.delete(socket)
    onGone?.()
  })
  return socket.destroyed ? refuse('closed again') : null
}

/** Null: this certificate is that system's, now. */
export function whyNotProvider(peer: PeerCertificate, expected: SystemId, trust: Trust | null): string | null {
  if (trust === null) return 'no snapshot'
  const identity = identify(peer, trust.registry, trust.revocations, trust.at)
  if (!identity.ok) return identity.error
  return identity.value.id === expected ? null : `answered as ${identity.value.id}`
}
