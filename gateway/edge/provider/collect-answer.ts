import type { Dispatcher } from 'undici'
import type { ProviderAnswer, ProviderFailure, ProviderRequest } from '../../exchange/ports.ts'
import type { NotedRequest } from './noting-client.ts'
import { IDENTITY_ERROR } from './provider-pool.ts'

type Headers = Record<string, string | string[] | undefined>

/**
 * Dispatches one request and collects its answer, bounded in size and time. Never sends twice: undici hands a request over only
 * once its connection stands, and what fails behind that moment has failed.
 */
export function collectAnswer(pool: Dispatcher, request: ProviderRequest): Promise<ProviderAnswer | ProviderFailure> {
  return new Promise(resolve => {
    let started = false
    let abort: ((reason: Error) => void) | null = null
    let settled = false
    let status = 0
    let headers: Headers = {}
    const noted: NotedRequest['noted'] = { over: null }
    const chunks: Buffer[] = []
    let size = 0

    const settle = (outcome: ProviderAnswer | ProviderFailure): void => {
      if (settled) return
      settled = true
      clearTimeout(deadline)
      resolve(outcome)
    }
    const giveUp = (failure: ProviderFailure): void => {
      settle(failure)
      abort?.(new Error(failure))
    }
    const deadline = setTimeout(() => giveUp(started ? 'timeout' : 'unreachable'), request.deadlineMillis)

    const dispatched: NotedRequest = {
      noted,
      method: request.method,
      path: request.path,
      headers: request.headers as string[],
      body: request.body.length > 0 ? request.body : null,
      // Our own deadline covers the whole of it.
      headersTimeout: 0,
      bodyTimeout: 0,
    }
    pool.dispatch(dispatched, {
      onRequestStart(controller) {
        abort = reason => controller.abort(reason)
        if (settled) controller.abort(new Error('given up'))
        else started = true
      },
      onResponseStart(_controller, statusCode, answerHeaders) {
        status = statusCode
        headers = answerHeaders
        if (Number(headers['content-length'] ?? 0) > request.maxResponseBytes) giveUp('too-large')
      },
      onResponseData(_controller, chunk) {
        size += chunk.length
        if (size > request.maxResponseBytes) giveUp('too-large')
        else if (!request.memory.take(chunk.length)) giveUp('overloaded')
        else chunks.push(chunk)
      },
      onResponseEnd() {
        const [only] = chunks
        const body = chunks.length === 1 && only ? only : Buffer.concat(chunks, size)
        settle({ status, headers: firstValues(headers), body, tls: noted.over?.channel ?? null })
      },
      onResponseError(_controller, error) {
        settle(started ? 'failed' : failureToConnect(error))
      },
    })
  })
}

/** What undici and the TLS stack report where somebody answered who is not the provider. */
const UNTRUSTED = /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_|EPROTO|HOSTNAME_)/

function failureToConnect({ code = '' }: NodeJS.ErrnoException): ProviderFailure {
  return code === IDENTITY_ERROR || UNTRUSTED.test(code) ? 'untrusted' : 'unreachable'
}

/** A header that comes twice becomes a list, which no reader of ours takes for one value. */
function firstValues(headers: Headers): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) values.set(name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value)
  }
  return values
}
