import type { IncomingHttpHeaders } from 'node:http'
import { boundedHttp } from '../bounded-http.ts'
import { MAX_CRL_BYTES } from './read-crls.ts'

/** A revocation is seen at most about this long after its distribution point has it. */
const EVERY_MILLIS = 60_000
/** After a failure: doubled each time, up to the usual time. */
const FIRST_RETRY_MILLIS = 2_000
const DOWNLOAD_MILLIS = 30_000
/** So that not all gateways ask at once. */
const JITTER = 0.2

export interface CrlFetcherOptions {
  /** Takes what was downloaded; resolves to whether all of it is of use. */
  readonly take: (bytes: Uint8Array, url: string) => Promise<boolean>
  readonly onProblem: (url: string, why: string) => void
  /** 60,000 unless told. */
  readonly everyMillis?: number
}

interface Point {
  timer: NodeJS.Timeout | null
  failures: number
  /** What names the version that was taken last (RFC 9110 section 8.8). */
  validators: Readonly<Record<string, string>>
}

/** Asks HTTP distribution points (RFC 5280 section 4.2.1.13) again and again, off the path of any exchange. */
export class CrlFetcher {
  readonly #options: CrlFetcherOptions
  readonly #points = new Map<string, Point>()

  constructor(options: CrlFetcherOptions) {
    this.#options = options
  }

  /** From now on these; new ones are asked at once. `anew`: the trust has changed, so what was refused may be good now. */
  follow(urls: readonly string[], anew = false): void {
    for (const [url, point] of this.#points) {
      if (urls.includes(url) && !anew) continue
      if (point.timer) clearTimeout(point.timer)
      this.#points.delete(url)
    }
    for (const url of urls) {
      if (this.#points.has(url)) continue
      this.#points.set(url, { timer: null, failures: 0, validators: {} })
      void this.#ask(url)
    }
  }

  stop(): void {
    this.follow([])
  }

  async #ask(url: string): Promise<void> {
    const point = this.#points.get(url)
    if (!point) return
    const why = await this.#download(url, point)
    if (this.#points.get(url) !== point) return
    point.failures = why === null ? 0 : point.failures + 1
    if (why !== null) this.#options.onProblem(url, why)
    const { everyMillis = EVERY_MILLIS } = this.#options
    const wait = why === null ? everyMillis : Math.min(everyMillis, FIRST_RETRY_MILLIS * 2 ** (point.failures - 1))
    point.timer = setTimeout(() => void this.#ask(url), wait * (1 - JITTER * Math.random()))
    point.timer.unref()
  }

  /** Null: what is there was taken, or has not changed. */
  async #download(url: string, point: Point): Promise<string | null> {
    const headers = { accept: 'application/pkix-crl', ...point.validators }
    const answer = await boundedHttp({ url, method: 'GET', headers, millis: DOWNLOAD_MILLIS, maxBytes: MAX_CRL_BYTES })
    if (!answer.ok) return answer.error
    if (answer.value.status === 304) return null
    if (answer.value.status !== 200) return `answered ${answer.value.status}`
    try {
      // What was refused is asked for again: it may have been too early.
      const isGood = await this.#options.take(answer.value.body, url)
      point.validators = isGood ? validatorsOf(answer.value.headers) : {}
      return null
    } catch {
      return 'what was downloaded cannot be read'
    }
  }
}

function validatorsOf({ etag, 'last-modified': modified }: IncomingHttpHeaders): Point['validators'] {
  return {
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(modified === undefined ? {} : { 'if-modified-since': modified }),
  }
}
