import type { Issuer } from '../../configuration/objects.ts'
import type { Binding } from '../../domain/binding.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Revocations } from '../../identity/identify.ts'
import type { ChainLink, PeerCertificate } from '../../identity/peer-certificate.ts'
import { CrlIndex, type CrlReport } from './crl-index.ts'
import { type IssuerFreshness, freshnessOf } from './freshness.ts'
import { OcspIndex } from './ocsp/ocsp-index.ts'
import { type AuthorityPlan, planOf, type RevocationPlan } from './plan.ts'
import type { SignedCrl } from './read-crls.ts'
import type { ReadCrls } from './read-crls-aside.ts'

export interface LiveRevocationsOptions {
  readonly read: ReadCrls
  readonly now: () => Instant
  /** Told at once when somebody may not be good any more, with `epoch` risen. */
  readonly onChange: () => void
  /** Told of each list that came into use. */
  readonly onTaken: (list: SignedCrl) => void
  readonly onOcspProblem: (issuer: string, why: string) => void
}

const NO_PLAN: RevocationPlan = { authorities: new Map(), issuers: [], keys: [], urls: [] }

/**
 * What is known of revoked certificates, from lists and responders, under the issuers of the newest revision. Any "revoked" wins, and
 * every source that an issuer is configured with has to have a fresh word for a "good": a silent one means "unknown".
 */
export class LiveRevocations implements Revocations {
  readonly #options: LiveRevocationsOptions
  readonly #crls: CrlIndex
  readonly #ocsp: OcspIndex
  #plan = NO_PLAN
  #epoch = 0
  /** Issuers whose certificates could be told when it was last looked. */
  #couldTell: ReadonlySet<string> = new Set()

  constructor(options: LiveRevocationsOptions) {
    this.#options = options
    this.#crls = new CrlIndex({
      read: options.read,
      now: options.now,
      onTaken: list => {
        this.#rise()
        options.onTaken(list)
      },
    })
    this.#ocsp = new OcspIndex({
      now: options.now,
      onWorse: () => this.#rise(),
      onProblem: options.onOcspProblem,
      responderStatus: (issuerKey, serial) => this.#crls.statusOf(issuerKey, serial, options.now()),
    })
  }

  get epoch(): number {
    return this.#epoch
  }

  /** From now on the issuers of this revision. */
  follow(issuers: readonly Issuer[]): RevocationPlan {
    this.#plan = planOf(issuers)
    return this.#plan
  }

  /** Takes what is newer in a file or download. */
  load(bytes: Uint8Array): Promise<CrlReport> {
    return this.#crls.load(bytes, this.#plan.keys)
  }

  statusOf(issuerKey: Binding, serial: string, at: Instant): 'good' | 'revoked' | 'unknown' {
    const plan = this.#plan.authorities.get(issuerKey)
    if (plan === undefined) return 'unknown'
    const byList = this.#crls.statusOf(issuerKey, serial, at, plan.graceMicros)
    if (plan.responder === null || byList === 'revoked') return byList
    const byResponder = this.#ocsp.statusOf(issuerKey, plan.responder, serial, at)
    const isListSilent = byList === 'unknown' && (plan.needsList || this.#crls.has(issuerKey))
    return byResponder === 'good' && isListSilent ? 'unknown' : byResponder
  }

  learn(peer: PeerCertificate): Promise<unknown> | null {
    const waits: Promise<void>[] = []
    for (const [key, { responder }, { serial }] of this.#asked(peer)) {
      const wait = responder && this.#ocsp.learn(key, responder, serial)
      if (wait) waits.push(wait)
    }
    return waits.length === 0 ? null : Promise.all(waits)
  }

  /** Asks responders anew, where it is time, about certificates that are connected now. Rises where an issuer's lists went stale. */
  keepFresh(connected: Iterable<PeerCertificate>): void {
    for (const peer of connected)
      for (const [key, { responder }, { serial }] of this.#asked(peer))
        if (responder) this.#ocsp.keepFresh(key, responder, serial)
    this.#ocsp.tidy()
    const canTell = new Set(this.freshness().flatMap(({ issuer, state }) => (state === 'unknown' ? [] : [issuer])))
    const lost = [...this.#couldTell].some(issuer => !canTell.has(issuer))
    this.#couldTell = canTell
    if (lost) this.#rise()
  }

  /** How long the certificates of each issuer can still be told. */
  freshness(): readonly IssuerFreshness[] {
    const at = this.#options.now()
    return this.#plan.issuers.map(issuer => freshnessOf(issuer, key => this.#crls.freshnessOf(key), at))
  }

  #asked(peer: PeerCertificate): readonly (readonly [Binding, AuthorityPlan, ChainLink])[] {
    return peer.chain.flatMap(link => {
      const plan = link.issuerKey === null ? undefined : this.#plan.authorities.get(link.issuerKey)
      return plan?.responder && link.issuerKey !== null ? [[link.issuerKey, plan, link] as const] : []
    })
  }

  #rise(): void {
    this.#epoch++
    this.#options.onChange()
  }
}
