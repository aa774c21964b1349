import { randomBytes } from 'node:crypto'
import type { Binding } from '../../../domain/binding.ts'
import type { Instant } from '../../../domain/instant.ts'
import { err, type Result } from '../../../domain/result.ts'
import { boundedHttp } from '../../bounded-http.ts'
import type { AskedIssuer } from './asked-issuer.ts'
import type { ResponderStatus } from './check-responder.ts'
import { checkResponse, type OcspWord } from './check-response.ts'
import { makeRequest } from './make-request.ts'

/** One issuer that is asked about its certificates. */
export interface Responder {
  readonly name: string
  readonly url: string
  readonly issuer: AskedIssuer
  /** How long a "good" may serve on behind its end. */
  readonly graceMicros: number
}

/** The first request of a connection waits no longer than this. */
const ANSWER_MILLIS = 3_000
const MAX_RESPONSE_BYTES = 64 * 1024
/** A word is asked for anew behind half its time, and at the latest after a minute. */
const MOST_REFRESH_MICROS = 60_000_000
const JITTER = 0.2
/** After a failure: doubled each time. */
const FIRST_RETRY_MICROS = 1_000_000
const MOST_RETRY_MICROS = 60_000_000
/** Questions under way to all responders. */
const MOST_AT_ONCE = 64
/** A certificate that nobody connects with is not asked about any more. */
const FORGET_MICROS = 600_000_000

interface Entry {
  word: OcspWord | null
  failures: number
  askAt: number
  usedAt: number
  asking: Promise<void> | null
}

export interface OcspIndexOptions {
  readonly now: () => Instant
  /** Whether a responder's own certificate is revoked. */
  readonly responderStatus: (issuerKey: Binding, serial: string) => ReturnType<ResponderStatus>
  /** Told when a certificate is not good any more. */
  readonly onWorse: () => void
  /** Told of the first failure in a row, and of each that differs from the one before. */
  readonly onProblem: (issuer: string, why: string) => void
}

/** What OCSP responders (RFC 6960) say of certificates in use: asked off the path, kept until nextUpdate, asked anew before. */
export class OcspIndex {
  readonly #options: OcspIndexOptions
  readonly #entries = new Map<string, Entry>()
  readonly #lastProblem = new Map<string, string>()
  #running = 0

  constructor(options: OcspIndexOptions) {
    this.#options = options
  }

  statusOf(issuerKey: Binding, { graceMicros }: Responder, serial: string, at: Instant): OcspWord['status'] {
    const word = this.#entries.get(keyOf(issuerKey, serial))?.word
    if (!word) return 'unknown'
    if (word.status !== 'good') return word.status
    return at < word.until + graceMicros ? 'good' : 'unknown'
  }

  /** Resolves once the responder has said something of the certificate or has failed; null: there is nothing to wait for. */
  learn(issuerKey: Binding, responder: Responder, serial: string): Promise<void> | null {
    const entry = this.#use(issuerKey, serial)
    if (entry.asking) return entry.asking
    const now = this.#options.now()
    return now < entry.askAt || now < (entry.word?.until ?? 0) ? null : this.#ask(issuerKey, responder, serial, entry)
  }

  /** Asks anew about a certificate in use where it is time. */
  keepFresh(issuerKey: Binding, responder: Responder, serial: string): void {
    const entry = this.#use(issuerKey, serial)
    if (entry.asking === null && this.#options.now() >= entry.askAt) void this.#ask(issuerKey, responder, serial, entry)
  }

  /** Drops what nobody uses any more. */
  tidy(): void {
    const before = this.#options.now() - FORGET_MICROS
    for (const [key, { usedAt, asking }] of this.#entries)
      if (usedAt < before && asking === null) this.#entries.delete(key)
  }

  #use(issuerKey: Binding, serial: string): Entry {
    const key = keyOf(issuerKey, serial)
    let entry = this.#entries.get(key)
    if (!entry) this.#entries.set(key, (entry = { word: null, failures: 0, askAt: 0, usedAt: 0, asking: null }))
    entry.usedAt = this.#options.now()
    return entry
  }

  #ask(issuerKey: Binding, responder: Responder, serial: string, entry: Entry): Promise<void> | null {
    if (this.#running >= MOST_AT_ONCE) return null
    this.#running++
    entry.asking = this.#question(issuerKey, responder, serial)
      .then(answer => this.#take(answer, responder, entry))
      .finally(() => {
        this.#running--
        entry.asking = null
      })
    return entry.asking
  }

  async #question(issuerKey: Binding, { url, issuer }: Responder, serial: string): Promise<Result<OcspWord>> {
    const nonce = randomBytes(32)
    const answer = await boundedHttp({
      url,
      method: 'POST',
      headers: { 'content-type': 'application/ocsp-request', accept: 'application/ocsp-response' },
      body: makeRequest(issuer, serial, nonce),
      millis: ANSWER_MILLIS,
      maxBytes: MAX_RESPONSE_BYTES,
    })
    if (!answer.ok) return answer
    if (answer.value.status !== 200) return err(`answered ${answer.value.status}`)
    const responderStatus = (responder: string) => this.#options.responderStatus(issuerKey, responder)
    return checkResponse(answer.value.body, { issuer, serial, nonce, at: this.#options.now(), responderStatus })
  }

  #take(answer: Result<OcspWord>, { name }: Responder, entry: Entry): void {
    const now = this.#options.now()
    const isReplay = answer.ok && entry.word !== null && answer.value.thisUpdate < entry.word.thisUpdate
    if (!answer.ok || isReplay) {
      const wait = FIRST_RETRY_MICROS * 2 ** entry.failures++
      entry.askAt = now + Math.min(MOST_RETRY_MICROS, wait)
      return this.#tell(name, answer.ok ? 'an older response than the one before' : answer.error)
    }
    const before = entry.word?.status
    entry.word = answer.value
    entry.failures = 0
    const wait = Math.min(MOST_REFRESH_MICROS, Math.max(0, answer.value.until - now) / 2)
    entry.askAt = now + wait * (1 - JITTER * Math.random())
    this.#lastProblem.delete(name)
    if (before === 'good' && answer.value.status !== 'good') this.#options.onWorse()
  }

  #tell(name: string, why: string): void {
    if (this.#lastProblem.get(name) === why) return
    this.#lastProblem.set(name, why)
    this.#options.onProblem(name, why)
  }
}

const keyOf = (issuerKey: Binding, serial: string): string => `${issuerKey} ${serial}`
