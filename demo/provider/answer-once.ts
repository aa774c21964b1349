import type { Request, Response } from 'express'
import { createHash } from 'node:crypto'
import { consumerOf, refuse } from './answers.ts'
import { keepNewest } from './keep-newest.ts'

/** An answer, as made the first time. */
export interface Made {
  readonly status: number
  readonly body: unknown
}

/**
 * Gives a request that comes again (same consumer, same Idempotency-Key, same body) the answer of the first time, and does nothing
 * a second time; the same key with another body is refused. The gateway never repeats a POST by itself, but a caller that
 * got no answer has to.
 */
export function answerOnce() {
  const given = new Map<string, { readonly body: string; readonly made: Made }>()
  return (request: Request, response: Response, make: () => Made): void => {
    const key = request.get('idempotency-key')
    const scoped = JSON.stringify([consumerOf(request), request.path, key])
    const body = createHash('sha256').update(JSON.stringify(request.body)).digest('hex')
    const before = key === undefined ? undefined : given.get(scoped)
    if (before && before.body !== body)
      return refuse(request, response, 422, 'key-reused', {
        en: 'This Idempotency-Key was used for another body.',
        vi: 'Idempotency-Key này đã được dùng cho nội dung khác.',
      })
    const made = before?.made ?? make()
    // A refusal did nothing: asking again later may go better.
    if (key !== undefined && !before && made.status < 400) keepNewest(given, scoped, { body, made })
    response.status(made.status).json(made.body)
  }
}
