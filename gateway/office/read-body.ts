import express, { type Request, type Response } from 'express'
import { err, ok, type Result } from '../domain/result.ts'
import type { Occurrence } from '../problems/problem.ts'
import type { JsonValue } from '../schema/json-value.ts'
import { readJson } from '../schema/read-json.ts'

/** Bytes. A change may bring thousands of objects; a whole configuration comes by `lienthong config apply`. */
const MOST_BODY = 8 * 1024 * 1024
/** An OpenAPI document inside an edit inside a change. */
const MAX_DEPTH = 64

const collect = express.raw({ type: () => true, limit: MOST_BODY, inflate: false })

/** The strict JSON of a request. Attacker-controlled, though an officer's: read behind the checks of who calls. */
export async function readBody(request: Request, response: Response): Promise<Result<JsonValue, Occurrence>> {
  if (!/^application\/json(?:\s*;\s*charset=utf-8)?$/i.test(request.get('content-type') ?? ''))
    return err({ code: 'media-type-refused' })
  if (request.get('content-encoding') !== undefined) return err({ code: 'content-encoding-refused' })
  const thrown = await new Promise<unknown>(resolve => collect(request, response, resolve))
  if (thrown !== undefined) {
    const { status } = thrown as { status?: unknown }
    return err({ code: status === 413 ? 'request-too-large' : 'request-malformed' })
  }
  const bytes: unknown = request.body
  const read = readJson(bytes instanceof Uint8Array ? bytes : new Uint8Array(), { maxDepth: MAX_DEPTH })
  return read.ok ? ok(read.value) : err({ code: 'body-malformed', detail: read.error.reason })
}
