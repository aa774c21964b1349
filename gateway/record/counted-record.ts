import { formatInstant, type Instant } from '../domain/instant.ts'
import type { SystemId } from '../domain/system-id.ts'
import type { ProblemCode } from '../problems/catalogue.ts'
import type { Writer } from './exchange-record.ts'
import { encodeLeaf, newSalt } from './leaf.ts'

/** How often something happened within one second. */
export interface Count {
  readonly kind: 'tls-failure' | 'refusals'
  readonly consumer: SystemId | null
  /** `handshake-failed`: TLS itself broke off, before there was a certificate to judge. */
  readonly problem: ProblemCode | 'handshake-failed'
  /** The first source address seen, without port. */
  readonly source: string
  readonly second: Instant
  readonly times: number
  /** SHA-256 of the first certificate seen; null without one. */
  readonly certificate: string | null
  readonly detail: string | null
}

/** The leaf of one counted record. */
export function countedLeaf(writtenAt: Instant, count: Count, writer: Writer): Uint8Array {
  return encodeLeaf({
    v: 1,
    kind: count.kind,
    salt: newSalt(),
    at: formatInstant(writtenAt),
    gateway: writer.gateway,
    lane: writer.lane,
    software: writer.software,
    arrived: formatInstant(count.second),
    consumer: count.consumer ?? undefined,
    certificate: count.certificate ?? undefined,
    source: count.source,
    problem: count.problem,
    times: count.times,
    detail: count.detail ?? undefined,
  })
}
