import { type Instant, minuteOf } from '../domain/instant.ts'
import type { Result } from '../domain/result.ts'
import type { System } from '../configuration/objects.ts'
import { identify as identifyPeer, type IdentityRefusal, problemOf, type Revocations } from '../identity/identify.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { type Adds, type Arrived, type Connection, type Identified, refuse, type Refused } from './known.ts'
import type { Ports } from './ports.ts'

interface Cached {
  readonly snapshot: Snapshot
  readonly epoch: number
  readonly minute: number
  readonly result: Result<System, IdentityRefusal>
}

/** Identity per connection, good for one snapshot, one revocation epoch and one minute. Not observable but in time. */
const cache = new WeakMap<Connection, Cached>()

/** Key of the peer certificate -> binding -> exactly one active system; then the flat cap of that system. */
export async function identify(arrived: Arrived, ports: Ports): Promise<Adds<Arrived, Identified> | Refused> {
  const snapshot = ports.snapshots.current()
  if (snapshot === null) return refuse({ code: 'policy-unavailable' })
  const revocationEpoch = ports.revocations.epoch
  const identity = await learnedIdentityOf(arrived, snapshot, ports)
  if (!identity.ok) return { ...refuse({ code: problemOf[identity.error] }, { detail: identity.error }), close: true }
  const held = await ports.limits.checkSystem(identity.value.id)
  return held
    ? refuse({ code: 'system-rate-exceeded', retryAfter: held.retryAfter }, callerOf(arrived, identity.value))
    : { consumer: identity.value, snapshot, revocationEpoch }
}

/**
 * The same as `identityOf`; only where the status of a certificate is not known yet, the first request of its connection waits until
 * whoever knows it was asked.
 */
export async function learnedIdentityOf(
  { connection, at }: Pick<Arrived, 'connection' | 'at'>,
  snapshot: Snapshot,
  { revocations, clock }: Pick<Ports, 'revocations' | 'clock'>,
): Promise<Result<System, IdentityRefusal>> {
  const identity = identityOf(connection, snapshot, revocations, at)
  if (identity.ok || identity.error !== 'revocation-unknown') return identity
  const learning = revocations.learn?.(connection.peer) ?? null
  if (learning === null) return identity
  await learning
  return identityOf(connection, snapshot, revocations, clock.now())
}

/** Who holds this connection, under this snapshot, now. */
export function identityOf(
  connection: Connection,
  snapshot: Snapshot,
  revocations: Revocations,
  at: Instant,
): Result<System, IdentityRefusal> {
  const cached = cache.get(connection)
  const minute = minuteOf(at)
  if (
    cached?.snapshot === snapshot &&
    cached.epoch === revocations.epoch &&
    cached.minute === minute &&
    at < connection.peer.validUntil
  )
    return cached.result
  const result = identifyPeer(connection.peer, snapshot, revocations, at)
  // What is not known yet may be known with the next word of a responder, which is no change of the epoch.
  if (result.ok || result.error !== 'revocation-unknown')
    cache.set(connection, { snapshot, epoch: revocations.epoch, minute, result })
  return result
}

const callerOf = ({ connection }: Arrived, consumer: System) => ({
  caller: {
    consumer: consumer.id,
    key: connection.peer.binding,
    certificate: connection.peer.fingerprint,
    tls: connection.tls,
    source: connection.source,
  },
})
